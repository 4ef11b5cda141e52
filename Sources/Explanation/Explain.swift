import ArenaMemory
package import Checkpointing
package import ComputationGraph
import Differentiation
package import ExecutionPlanning
package import Kernels
import Training

/// More nodes than this are not explained.
package let maximumExplainedNodes = 400
/// More numbers than this, over all values, are not explained.
package let maximumExplainedNumbers = 8192

/// Evaluates a small network and its reverse pass on a batch, with activations as nodes of their own, and explains
/// every value.
///
/// - Parameters:
///   - network: of float64, which the reference kernels compute.
///   - input, target: the batch's `rowCount` rows, row-major.
///   - parameters: the values of every parameter, in order.
///   - chooseSchedule: what decides which values are kept, for the planner of the network with activations as nodes.
/// - Throws: `GraphError` for a network larger than the two bounds, with what would work.
package func explain(
  _ network: NetworkDescription, rowCount: Int, input: [Double], target: [Double], parameters: [[Double]],
  schedule chooseSchedule: (Planner) throws -> Schedule, context: RunContext
) throws -> GraphExplanation {
  let library = ReferenceKernels()
  let forward = try Graph(network, batchRows: rowCount, mode: .training, fusion: .separate)
  let differentiated = try DifferentiatedGraph(of: forward)
  try checkSize(of: differentiated.graph)
  let arena = try JemallocArena()
  let storage = try ParameterStorage<Double>(for: forward, optimizerStateCount: 0, in: arena)
  for (index, values) in parameters.enumerated() { try storage.setValues(values, ofParameter: index) }
  let evaluator = try GraphEvaluator(
    differentiated.graph, input: input, target: target, storage: storage, library: library, in: arena)
  evaluator.run(0..<differentiated.graph.nodes.count, context: context)
  // The reference kernels need no workspace.
  let planner = try Planner(differentiated, costs: .operationCounts) { (_, _) throws(GraphError) in 0 }
  let schedule = try chooseSchedule(planner)
  let names = ValueNames(of: differentiated, cotangents: try DifferentiatedGraph.cotangents(of: forward))
  let describer = ValueDescriber(
    differentiated: differentiated, evaluator: evaluator, names: names, library: library, context: context)
  return GraphExplanation(
    rowCount: rowCount, sources: try describer.sources(),
    forward: try describer.values(of: differentiated.forwardNodes),
    backward: try describer.values(of: differentiated.backwardNodes), shared: describer.sharedValues(),
    fates: try ValueFates(
      differentiated: differentiated, plan: planner.plan(for: schedule), schedule: schedule, stages: planner.stages,
      names: names
    ).all(),
    strategy: schedule.strategy, stageCount: schedule.stageCount,
    forwardExecutions: schedule.prescribedForwardExecutions,
    costs: CostMeasurement(differentiated, evaluator, context: context).all())
}

/// Refuses a network that is too large, before anything is done for it.
///
/// - Throws: `GraphError`, as ``explain(_:rowCount:input:target:parameters:schedule:context:)``.
package func checkExplainable(_ network: NetworkDescription, rowCount: Int) throws(GraphError) {
  let forward = try Graph(network, batchRows: rowCount, mode: .training, fusion: .separate)
  try checkSize(of: DifferentiatedGraph(of: forward).graph)
}

private func checkSize(of graph: Graph) throws(GraphError) {
  var numbers = 0
  for value in graph.values {
    let (sum, overflow) = numbers.addingReportingOverflow(value.shape.elementCount)
    numbers = overflow ? Int.max : sum
    if overflow { break }
  }
  guard graph.nodes.count <= maximumExplainedNodes, numbers <= maximumExplainedNumbers else {
    throw GraphError(
      "explain shows every number of a network, and this one, on \(graph.batchRows) rows, has \(numbers) numbers in "
        + "\(graph.nodes.count) nodes; at most \(maximumExplainedNumbers) numbers in \(maximumExplainedNodes) nodes are "
        + "shown: lower training.batchSize or the layers' units, or begin with configs/neuron.json")
  }
}
