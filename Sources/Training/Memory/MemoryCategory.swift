import ArenaMemory

/// What the bytes of the process are for. The categories do not overlap; their sum is the process.
package enum MemoryCategory: String, Hashable, Sendable, CaseIterable {
  /// Code, libraries, thread stacks, small objects.
  case program
  /// Graphs, schedules, instructions, bound kernels, records of times.
  case plan
  /// The samples and the order in which they are gone through.
  case dataset
  /// One batch's rows, laid side by side for the kernels.
  case staging
  /// Parameters, what copies products read of them, and running statistics.
  case parameters
  case gradients
  /// What the optimizer keeps beside each parameter.
  case optimizer
  /// The arena: activations, cotangents and workspace.
  case arena
}

extension ProcessAccount {
  /// Planned bytes of a category.
  package func byteCount(of category: MemoryCategory) -> Int {
    switch category {
    case .program: programByteCount
    case .plan: planByteCount
    case .dataset: datasetByteCount
    case .staging: session.stagingByteCount
    case .parameters: session.layout.parametersByteCount
    case .gradients: session.gradientsByteCount
    case .optimizer: session.layout.optimizerByteCount
    case .arena: session.arenaByteCount
    }
  }
}

extension NetworkSession {
  /// What the kernel says of the pages of all that the session took.
  package func residentBytes() throws -> Int {
    try MemoryCategory.allCases.reduce(0) { try $0 + (residentBytes(of: $1) ?? 0) }
  }

  /// What the kernel says of a category's pages, nil where its bytes have no pages of their own.
  package func residentBytes(of category: MemoryCategory) throws -> Int? {
    switch category {
    case .program, .plan, .dataset: nil
    case .staging: try stagingResidentBytes()
    case .parameters:
      try storage.parameterBlock.residentBytes() + storage.stateBlock.residentBytes()
        + (storage.roundedBlock?.residentBytes() ?? 0)
    case .gradients: try gradientResidentBytes()
    case .optimizer: try storage.optimizerBlocks.reduce(0) { try $0 + $1.residentBytes() }
    case .arena: try arena.residentBytes()
    }
  }
}
