package import BufferPlacement
package import Checkpointing
package import ComputationGraph
package import Differentiation

/// Makes plans of one differentiated graph: its stages, the chain of numbers that schedulers see, and for each schedule
/// the instructions with their addresses.
///
/// ```swift
/// let planner = try Planner(differentiated, costs: .operationCounts) { node, adds in workspace of its kernel }
/// let schedule = try makeSchedule(.sqrt, for: planner.chain)
/// let plan = try planner.plan(for: schedule)
/// ```
package struct Planner {
  package let differentiated: DifferentiatedGraph
  package let stages: StageChain
  package let chain: Chain
  /// Bytes that the kernels take from the general heap while they run, at the one that takes most; set by who knows
  /// them.
  package var kernelHeapByteCount = 0
  private let workspaces: KernelWorkspaces

  /// - Parameters:
  ///   - costs: what a node's execution is taken to cost.
  ///   - sharesWorkspace: whether instructions take turns tile by tile; see ``KernelWorkspaces/areShared``.
  ///   - scratchpadByteCount: bytes of workspace of a node's kernel, which may add to its outputs; asked once per
  ///     distinct operator and shape.
  package init<Failure: Error>(
    _ differentiated: DifferentiatedGraph, costs: NodeCosts, sharesWorkspace: Bool = false,
    scratchpadByteCount: (Node, _ addsToOutputs: Bool) throws(Failure) -> Int
  ) throws {
    self.differentiated = differentiated
    let graph = differentiated.graph
    stages = try StageChain(of: differentiated)
    let gradients = Set(differentiated.addsGradients ? differentiated.gradients.compactMap(\.self) : [])
    var known: [NodeSignature: Int] = [:]
    let byteCounts = try stages.numbers(ofNodes: graph.nodes.count) { (index: Int) throws(Failure) -> Int in
      let node = graph.nodes[index]
      // The optimizer's passes need no workspace.
      guard node.operation != .parameterUpdate else { return 0 }
      let adds = node.outputs.contains { gradients.contains($0) }
      let signature = NodeSignature(
        operation: node.operation, inputs: graph.inputShapes(of: node), addsToOutputs: adds)
      if let byteCount = known[signature] { return byteCount }
      let byteCount = try scratchpadByteCount(node, adds)
      known[signature] = byteCount
      return byteCount
    }
    workspaces = KernelWorkspaces(byteCounts: byteCounts, areShared: sharesWorkspace)
    chain = try stages.chain(of: differentiated, costs: costs, scratchpadByteCounts: byteCounts)
  }

  private init(_ other: Planner, chain: Chain) {
    differentiated = other.differentiated
    stages = other.stages
    kernelHeapByteCount = other.kernelHeapByteCount
    workspaces = other.workspaces
    self.chain = chain
  }

  /// The same planner with other costs: only the seconds of its chain differ.
  package func priced(by costs: NodeCosts) throws(ChainError) -> Planner {
    Planner(
      self,
      chain: try stages.chain(
        chain, priced: costs, of: differentiated, scratchpadByteCounts: workspaces.byteCounts))
  }

  /// The plan that carries out a schedule's actions.
  ///
  /// - Parameter effort: how long to search for a lower layout where the quick ways stay above the lower bound; less
  ///   where many plans are only weighed against each other.
  package func plan(
    for schedule: Schedule, effort: PlacementEffort = .standard
  ) throws(PlanningError) -> Plan {
    var builder = PlanBuilder(differentiated, chain: stages)
    try builder.perform(schedule.actions, RunningValueReads(schedule, on: chain))
    return PlanAssembly.plan(
      from: builder, workspaces: workspaces, effort: effort)
  }

  /// The plan of a graph that is only evaluated: each stage once, nothing kept.
  package func evaluationPlan() throws(PlanningError) -> Plan {
    var builder = PlanBuilder(differentiated, chain: stages)
    for stage in stages.stages { try builder.perform(.forward(stage: stage.index, keep: .nothing, form: 0)) }
    return PlanAssembly.plan(
      from: builder, workspaces: workspaces, effort: .standard)
  }

  private struct NodeSignature: Hashable {
    let operation: Operator
    let inputs: [Shape]
    let addsToOutputs: Bool
  }
}
