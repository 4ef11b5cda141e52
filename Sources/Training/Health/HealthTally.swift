import ComputationGraph
import ExecutionPlanning

/// The sums that one thread adds up over the rows of an iteration. Made once; adding allocates nothing.
final class HealthTally {
  /// Sum of squares and number of elements.
  struct Sum: Hashable {
    var squares = 0.0
    var count = 0

    static func += (left: inout Sum, right: Sum) {
      left.squares += right.squares
      left.count += right.count
    }

    /// Nil of nothing.
    var rootMeanSquare: Double? { count == 0 ? nil : (squares / Double(count)).squareRoot() }
  }

  /// By stage.
  var activations: [Sum]
  var cotangents: [Sum]
  /// A mark for each unit behind a ReLU that was positive for some row.
  var marks: [UInt8]

  init(stageCount: Int, unitCount: Int) {
    activations = Array(repeating: Sum(), count: stageCount)
    cotangents = Array(repeating: Sum(), count: stageCount)
    marks = Array(repeating: 0, count: unitCount)
  }

  func reset() {
    for index in activations.indices {
      activations[index] = Sum()
      cotangents[index] = Sum()
    }
    for index in marks.indices { marks[index] = 0 }
  }
}

/// The values behind a ReLU, and where the marks of their units stand.
struct ReLUUnits: Hashable {
  struct Layer: Hashable {
    let value: ValueID
    let stage: Int
    let units: Range<Int>
  }

  let layers: [Layer]
  let unitCount: Int

  init(of graph: Graph, stages: [Stage]) {
    var layers: [Layer] = []
    var end = 0
    for stage in stages {
      for node in graph.nodes[stage.forwardNodes] where node.operation.endsInReLU {
        let width = graph[node.outputs[0]].shape.columns
        layers.append(Layer(value: node.outputs[0], stage: stage.index, units: end..<end + width))
        end += width
      }
    }
    self.layers = layers
    unitCount = end
  }
}

extension Operator {
  fileprivate var endsInReLU: Bool {
    switch self {
    case .activation(.relu), .linear(_, .relu?): true
    case .activation, .linear, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
      .updateRunningStatistics, .dropout, .add, .loss, .correctCount, .lossGradient, .activationGradient,
      .linearInputGradient, .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients, .narrow,
      .widen, .parameterUpdate:
      false
    }
  }
}
