import ComputationGraph
import Configuration
import CostModel
import ExecutionPlanning
import Kernels
import SystemCalls
import Training

extension PlanCosts {
  /// What a configuration's times are predicted from.
  ///
  /// - Parameter isNeeded: whether anything depends on it; operation counts do otherwise.
  init(
    _ configuration: TrainingConfiguration, elementType: ElementType, library: any KernelLibrary, team: ThreadTeam,
    isNeeded: Bool
  ) throws {
    switch (elementType, configuration.costs) {
    // The reference kernels are plain loops, whose time their operations tell.
    case (.float64, _): self = .operationCounts(.reference)
    case (.float32, .flops), (.bfloat16, .flops): self = .operationCounts(.generated)
    case (.float32, .measured) where !isNeeded, (.bfloat16, .measured) where !isNeeded:
      self = .operationCounts(.generated)
    case (.float32, .measured), (.bfloat16, .measured):
      let identity = try CostCache.Identity(library: library, team: team)
      self = .measured(
        CostSource(
          threads: try MeasuredThreads(library: library, team: team, partCount: 1),
          optimizerStateCount: configuration.optimizer.stateCount,
          cache: CostCache.defaultFolder().map { CostCache(folder: $0, identity: identity) }))
    }
  }
}

extension CostCache.Identity {
  /// This machine and this program.
  init(library: any KernelLibrary, team: ThreadTeam) throws {
    self.init(
      processor: try Hardware.current().processor,
      library: library.tableHash.map { "\(library.name), kernel table \($0)" } ?? library.name,
      instructionSet: OneDNN.instructionSetName, threads: team.threadCount,
      program: "\(programVersion) \(programFileIdentity() ?? "")")
  }
}
