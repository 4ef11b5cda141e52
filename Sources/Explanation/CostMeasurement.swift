import ComputationGraph
import Differentiation
import Kernels
import SystemCalls
import Training

/// Executes and times three ways to all gradients of a small network.
struct CostMeasurement {
  let differentiated: DifferentiatedGraph
  let evaluator: GraphEvaluator<Double>
  let context: RunContext
  private let forward: Range<Int>

  init(_ differentiated: DifferentiatedGraph, _ evaluator: GraphEvaluator<Double>, context: RunContext) {
    self.differentiated = differentiated
    self.evaluator = evaluator
    self.context = context
    forward = 0..<differentiated.forwardNodeCount
  }

  func all() -> [DifferentiationCost] {
    let graph = differentiated.graph
    let backward = Array(differentiated.forwardNodeCount..<graph.nodes.count)
    let chains = differentiated.gradients.compactMap { $0.map { chain(to: $0) } }
    let numbers = graph.parameterElementCount
    return [
      DifferentiationCost(
        method: .reversePass, forwardNodeExecutions: forward.count, backwardNodeExecutions: backward.count,
        seconds: seconds {
          evaluator.run(forward, context: context)
          evaluator.run(backward, context: context)
        }),
      DifferentiationCost(
        method: .separateChains, forwardNodeExecutions: chains.count * forward.count,
        backwardNodeExecutions: chains.reduce(0) { $0 + $1.count },
        seconds: seconds {
          for chain in chains {
            evaluator.run(forward, context: context)
            evaluator.run(chain, context: context)
          }
        }),
      DifferentiationCost(
        method: .differenceQuotients, forwardNodeExecutions: 2 * numbers * forward.count, backwardNodeExecutions: 0,
        seconds: seconds {
          for _ in 0..<2 * numbers { evaluator.run(forward, context: context) }
        }),
    ]
  }

  /// The backward nodes that one gradient is computed by, in order.
  private func chain(to gradient: ValueID) -> [Int] {
    let graph = differentiated.graph
    var needed: Set<Int> = []
    var frontier = [gradient]
    while let value = frontier.popLast() {
      guard case .node(let node) = graph[value].source, node >= differentiated.forwardNodeCount,
        needed.insert(node).inserted
      else { continue }
      frontier += graph.nodes[node].inputs
    }
    return needed.sorted()
  }

  /// The median of five measurements, each of enough repetitions to last 2 ms at least.
  private func seconds(of body: () -> Void) -> Double {
    func time(_ repetitions: Int) -> Double {
      let start = monotonicNanoseconds()
      for _ in 0..<repetitions { body() }
      return Double(monotonicNanoseconds() - start) * 1e-9
    }
    var repetitions = 1
    while repetitions < 1 << 20, time(repetitions) < 2e-3 { repetitions *= 2 }
    return (0..<5).map { _ in time(repetitions) / Double(repetitions) }.sorted()[2]
  }
}
