package import BufferPlacement
package import Checkpointing
package import ComputationGraph
package import Differentiation
import SystemCalls

/// Makes plans of one differentiated graph: its stages, the chain of numbers that schedulers see, and for each schedule
/// the instructions with their addresses.
///
/// ```swift
/// let planner = try Planner(differentiated, costs: .operationCounts) { node, adds in workspace of its kernel }
/// let schedule = try makeSchedule(.sqrt, for: planner.chain)
/// let plan = try planner.plan(for: schedule)
/// ```
package struct Planner: Sendable {
  package let differentiated: DifferentiatedGraph
  package let stages: StageChain
  package let chain: Chain
  /// Bytes that the kernels take from the general heap while they run, at the one that takes most; set by who knows
  /// them.
  package var kernelHeapByteCount = 0
  /// What an execution of each node of the graph costs.
  package let secondsOfNode: [Double]
  private let workspaces: KernelWorkspaces
  private let facts: PlanFacts
  /// Whether two things may be done at once.
  let isConcurrent: Bool

  /// - Parameters:
  ///   - costs: what a node's execution is taken to cost.
  ///   - isConcurrent: whether two things may be done at once, where they take long enough.
  ///   - sharesWorkspace: whether instructions take turns tile by tile, asked when all workspaces are known; see
  ///     ``KernelWorkspaces/areShared``.
  ///   - scratchpadByteCount: bytes of workspace of a node's kernel, which may add to its outputs; asked once per
  ///     distinct operator and shape.
  package init<Failure: Error>(
    _ differentiated: DifferentiatedGraph, costs: NodeCosts, isConcurrent: Bool = false,
    sharesWorkspace: @autoclosure () -> Bool = false,
    scratchpadByteCount: (Node, _ addsToOutputs: Bool) throws(Failure) -> Int
  ) throws {
    self.differentiated = differentiated
    let graph = differentiated.graph
    self.isConcurrent = isConcurrent
    let countsConcurrently = isConcurrent && Planner.isLong(graph)
    let stages = try StageChain(of: differentiated, isConcurrent: countsConcurrently)
    self.stages = stages
    let gradients = Set(differentiated.addsGradients ? differentiated.gradients.compactMap(\.self) : [])
    var known: [NodeSignature: Int] = [:]
    let (byteCounts, (secondsOfNode, facts)) = try concurrently(when: countsConcurrently) {
      try stages.numbers(ofNodes: graph.nodes.count) { (index: Int) throws(Failure) -> Int in
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
    } and: {
      (stages.seconds(ofNodesOf: graph, costs), PlanFacts(differentiated, chain: stages))
    }
    (self.secondsOfNode, self.facts) = (secondsOfNode, facts)
    workspaces = KernelWorkspaces(byteCounts: byteCounts, areShared: sharesWorkspace())
    chain = try stages.chain(
      of: differentiated, secondsOfNode: secondsOfNode, scratchpadByteCounts: byteCounts,
      isConcurrent: countsConcurrently)
  }

  private init(_ other: Planner, chain: Chain, secondsOfNode: [Double]) {
    self.secondsOfNode = secondsOfNode
    isConcurrent = other.isConcurrent
    differentiated = other.differentiated
    stages = other.stages
    kernelHeapByteCount = other.kernelHeapByteCount
    workspaces = other.workspaces
    facts = other.facts
    self.chain = chain
  }

  /// The same planner with other costs: only the seconds of its chain differ.
  package func priced(by costs: NodeCosts) throws -> Planner {
    let secondsOfNode = stages.seconds(ofNodesOf: differentiated.graph, costs)
    return Planner(
      self,
      chain: try stages.chain(
        chain, pricedBy: secondsOfNode, of: differentiated, scratchpadByteCounts: workspaces.byteCounts,
        isConcurrent: isConcurrent && Planner.isLong(differentiated.graph)),
      secondsOfNode: secondsOfNode)
  }

  /// The chain as it would be if values were kept as they are.
  func chainWithoutRounding() throws -> Chain {
    try stages.chain(
      of: differentiated.withoutRounding, secondsOfNode: secondsOfNode, scratchpadByteCounts: workspaces.byteCounts)
  }

  /// The plan that carries out a schedule's actions.
  ///
  /// - Parameter effort: how long to search for a lower layout where the quick ways stay above the lower bound; less
  ///   where many plans are only weighed against each other.
  package func plan(
    for schedule: Schedule, effort: PlacementEffort = .standard
  ) throws(PlanningError) -> Plan {
    var builder = PlanBuilder(differentiated, chain: stages, facts: facts)
    try builder.perform(schedule.actions, RunningValueReads(schedule, on: chain))
    return PlanAssembly.plan(
      from: builder, workspaces: workspaces, effort: effort)
  }

  /// What the instructions of a plan cost, those of the loss and of updates aside: seconds as a replay of its schedule
  /// counts them, less what the plan does without and with the copies that it makes.
  package func seconds(of plan: Plan) -> Double {
    plan.instructions.reduce(0) { sum, instruction in
      let isOfStage = instruction.stage < stages.stages.count && instruction.phase != .update
      return isOfStage ? sum + secondsOfNode[instruction.node] : sum
    }
  }

  /// The plan of a graph that is only evaluated: each stage once, nothing kept.
  package func evaluationPlan() throws(PlanningError) -> Plan {
    var builder = PlanBuilder(differentiated, chain: stages, facts: facts)
    for stage in stages.stages { try builder.perform(.forward(stage: stage.index, keep: .nothing, form: 0)) }
    return PlanAssembly.plan(
      from: builder, workspaces: workspaces, effort: .standard)
  }

  /// Whether what its nodes take is worth a thread.
  private static func isLong(_ graph: Graph) -> Bool { graph.nodes.count > 2000 }

  private struct NodeSignature: Hashable {
    let operation: Operator
    let inputs: [Shape]
    let addsToOutputs: Bool
  }
}

extension StageChain {
  fileprivate func seconds(ofNodesOf graph: Graph, _ costs: NodeCosts) -> [Double] {
    numbers(ofNodes: graph.nodes.count) { costs.seconds(of: graph.nodes[$0], in: graph) }
  }
}
