package import ArenaMemory
package import Checkpointing
package import ComputationGraph
import Differentiation
import RandomNumbers
import SystemCalls
package import Execution
package import ExecutionPlanning
package import Kernels
package import Training

/// A small network with its memory, ready to run one forward and reverse pass under any schedule.
package final class NetworkRunner<Element: TrainingElement> {
  package let planner: Planner
  package let storage: ParameterStorage<Element>
  package let input: MemoryBlock
  package let target: MemoryBlock
  private let results: MemoryBlock
  private let library: any KernelLibrary
  private let jemallocArena: JemallocArena

  package var graph: Graph { planner.differentiated.graph }

  /// Parameters, inputs and targets are drawn by `seed`; class labels where the loss wants them.
  package init(_ network: NetworkDescription, rows: Int, seed: UInt64, library: any KernelLibrary) throws {
    precondition(
      network.elementType.accumulationType == Element.elementType, "the network's parameters are the runner's elements")
    self.library = library
    planner = try TrainingPlans.planner(of: network, rows: rows, library: library)
    jemallocArena = try JemallocArena()
    let graph = planner.differentiated.graph
    storage = try ParameterStorage(for: graph, optimizerStateCount: 0, in: jemallocArena)
    var random = SplitMix64(seed: seed)
    func uniform(_ count: Int, _ scale: Double) -> [Element] {
      (0..<count).map { _ in Element(Double.random(in: -scale...scale, using: &random)) }
    }
    for (index, parameter) in graph.parameters.enumerated() {
      let shape = parameter.shape
      let values: [Element] =
        switch parameter.kind {
        case .weight: uniform(shape.elementCount, (3 / Double(shape.columns)).squareRoot())
        case .bias, .shift: uniform(shape.elementCount, 0.3)
        case .scale: uniform(shape.elementCount, 0.3).map { $0 + 1 }
        }
      try storage.setValues(values, ofParameter: index)
    }
    let memory = jemallocArena
    func block(_ value: ValueID) throws -> MemoryBlock {
      try MemoryBlock(byteCount: graph.byteCount(of: value), zeroed: true, in: memory)
    }
    let input = try block(graph.input)
    let target = try block(graph.target)
    self.input = input
    self.target = target
    results = try MemoryBlock(byteCount: 128, zeroed: true, in: jemallocArena)
    let features = uniform(graph[graph.input].shape.elementCount, 1.5)
    if graph.elementType == .bfloat16 {
      try input.write(features.map { Conversion.rounded(Float($0)) })
    } else {
      try input.write(features)
    }
    let targetShape = graph[graph.target].shape
    if network.loss == .softmaxCrossEntropy {
      let classes = graph[graph.prediction].shape.columns
      try target.write((0..<targetShape.rows).map { _ in Element(Int.random(in: 0..<classes, using: &random)) })
    } else if network.loss == .binaryCrossEntropy {
      try target.write((0..<targetShape.elementCount).map { _ in Element(Int.random(in: 0...1, using: &random)) })
    } else {
      try target.write(uniform(targetShape.elementCount, 1))
    }
  }

  package func plan(_ strategy: Strategy) throws -> Plan {
    try planner.plan(for: makeSchedule(strategy, for: planner.chain))
  }

  /// An arena of exactly the plan's peak.
  package func arena(for plan: Plan) throws -> Arena {
    try Arena(capacity: plan.peakByteCount, in: jemallocArena)
  }

  /// - Parameter library: in place of the runner's own.
  package func executor(
    of plan: Plan, in arena: Arena, library: (any KernelLibrary)? = nil
  ) throws -> Executor {
    try Executor(
      plan: plan, arena: arena,
      operands: ExternalOperands(
        input: input.address, target: target.address, parameters: storage.operandAddresses,
        gradients: storage.gradientAddresses, states: storage.stateAddresses, loss: results.address,
        correctCount: results.address.advanced(by: 64)),
      library: library ?? self.library)
  }

  package func loss() throws -> Element { try results.read(Element.self, count: 1)[0] }

  package func gradients() throws -> [[Element]] {
    try storage.parameters.indices.map { try storage.gradient(ofParameter: $0) }
  }

  /// Gradients of every parameter under a strategy, from memory filled with NaN.
  package func gradients(under strategy: Strategy, iteration: UInt64 = 0) throws -> [[Element]] {
    try gradients(of: plan(strategy), iteration: iteration)
  }

  /// Gradients of every parameter by a plan, from memory filled with NaN.
  package func gradients(of plan: Plan, iteration: UInt64 = 0) throws -> [[Element]] {
    let arena = try arena(for: plan)
    try arena.poison(offset: 0, byteCount: plan.peakByteCount)
    try storage.gradientBlock.fill(byte: 0xFF)
    storage.bringRoundedUpToDate(team: .single)
    try executor(of: plan, in: arena).run(RunContext(seed: 5, iteration: iteration))
    return try gradients()
  }
}
