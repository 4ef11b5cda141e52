/// Bytes of the arena that are live during one instruction, by category, alignment included.
package struct LiveBytes: Hashable, Sendable {
  package var activation = 0
  package var cotangent = 0
  package var workspace = 0
  package var gradient = 0

  package init(activation: Int = 0, cotangent: Int = 0, workspace: Int = 0, gradient: Int = 0) {
    self.activation = activation
    self.cotangent = cotangent
    self.workspace = workspace
    self.gradient = gradient
  }

  package var total: Int { activation + cotangent + workspace + gradient }

  package subscript(category: PlannedBuffer.Category) -> Int {
    get {
      switch category {
      case .activation: activation
      case .cotangent: cotangent
      case .workspace: workspace
      case .gradient: gradient
      }
    }
    set {
      switch category {
      case .activation: activation = newValue
      case .cotangent: cotangent = newValue
      case .workspace: workspace = newValue
      case .gradient: gradient = newValue
      }
    }
  }
}

extension Plan {
  /// What is live during each instruction. The largest total is `lowerBoundByteCount`.
  ///
  /// A buffer whose bytes another takes over counts up to the instruction that does so, the other from there on.
  ///
  /// - Complexity: O(instructions + buffers).
  package func liveBytes() -> [LiveBytes] {
    var changes = Array(repeating: LiveBytes(), count: instructions.count + 1)
    for buffer in buffers {
      let range = buffer.liveRangeOfBytes
      changes[range.lowerBound][buffer.category] += buffer.alignedByteCount
      changes[range.upperBound][buffer.category] -= buffer.alignedByteCount
    }
    var current = LiveBytes()
    return changes.dropLast().map { change in
      for category in PlannedBuffer.Category.allCases { current[category] += change[category] }
      return current
    }
  }

  /// The totals alone.
  package func liveByteCounts() -> [Int] {
    var changes = Array(repeating: 0, count: instructions.count + 1)
    for buffer in buffers {
      changes[buffer.liveRangeOfBytes.lowerBound] += buffer.alignedByteCount
      changes[buffer.liveRangeOfBytes.upperBound] -= buffer.alignedByteCount
    }
    var live = 0
    return changes.dropLast().map { change in
      live += change
      return live
    }
  }

  /// The buffers that are live during an instruction, the largest first.
  package func liveBuffers(at instruction: Int) -> [PlannedBuffer] {
    buffers.filter { $0.liveRangeOfBytes.contains(instruction) }.sorted {
      ($0.alignedByteCount, $1.stage) > ($1.alignedByteCount, $0.stage)
    }
  }
}

extension PlannedBuffer {
  /// The instructions during which its bytes are its own.
  package var liveRangeOfBytes: Range<Int> {
    liveRange.lowerBound..<liveRange.upperBound - (isOverwritten ? 1 : 0)
  }
}
