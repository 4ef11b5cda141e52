import ArenaMemory
import ComputationGraph

extension Activation {
  /// Whether its derivative, or the derivative's slope, jumps at 0: there a difference quotient is no derivative.
  package var hasKink: Bool {
    switch self {
    case .relu, .leakyRelu, .elu: true
    case .gelu, .silu, .tanh, .sigmoid, .softplus: false
    }
  }
}

extension LossFunction {
  /// Whether its derivative or that derivative's slope jumps somewhere.
  package var hasKink: Bool {
    switch self {
    case .meanAbsoluteError, .huber: true
    case .meanSquaredError, .binaryCrossEntropy, .softmaxCrossEntropy, .halfSquaredError: false
    }
  }
}

/// On which side of its kink every element of a network stands: the sign of what rectifiers give, the region of an
/// absolute or Huber loss. Between two points with one pattern the loss is smooth.
struct BranchPattern {
  private struct Site {
    let node: Int
    let value: ValueID
    /// Of an element at an index, as one of a few numbers.
    let branch: (_ element: Double, _ index: Int) -> Int8
  }

  private let sites: [Site]
  private var atRest: [[Int8]] = []

  /// - Parameter target: the batch's targets, row-major.
  init(of graph: Graph, target: [Double]) {
    var sites: [Site] = []
    for (index, node) in graph.nodes.enumerated() {
      switch node.operation {
      case .linear(_, let activation):
        if activation?.hasKink == true { sites.append(Site(node: index, value: node.outputs[0], branch: sign)) }
      case .activation(let activation):
        // Each one with a kink keeps the sign of its argument, or gives 0 for every negative one.
        if activation.hasKink { sites.append(Site(node: index, value: node.outputs[0], branch: sign)) }
      case .loss(let loss):
        if let branch = BranchPattern.branch(of: loss, target: target) {
          sites.append(Site(node: index, value: node.inputs[0], branch: branch))
        }
      case .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm, .updateRunningStatistics, .dropout, .add,
        .correctCount, .lossGradient, .activationGradient, .linearInputGradient, .linearWeightGradient,
        .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient,
        .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
        break
      }
    }
    self.sites = sites
  }

  private static func branch(of loss: LossFunction, target: [Double]) -> ((Double, Int) -> Int8)? {
    switch loss {
    case .meanAbsoluteError: { sign($0 - target[$1], $1) }
    case .huber(let delta): { abs($0 - target[$1]) <= delta ? 0 : sign($0 - target[$1], $1) }
    case .meanSquaredError, .binaryCrossEntropy, .softmaxCrossEntropy, .halfSquaredError: nil
    }
  }

  /// Takes the pattern of the evaluation at hand as the one to compare with.
  mutating func record(from evaluator: GraphEvaluator<Double>) throws(ArenaMemoryError) {
    atRest = []
    for site in sites { atRest.append(try branches(at: site, evaluator)) }
  }

  /// Whether the evaluation at hand, which began at `node`, has the recorded pattern.
  func isUnchanged(from node: Int, in evaluator: GraphEvaluator<Double>) throws(ArenaMemoryError) -> Bool {
    for (site, recorded) in zip(sites, atRest) where site.node >= node {
      if try branches(at: site, evaluator) != recorded { return false }
    }
    return true
  }

  private func branches(at site: Site, _ evaluator: GraphEvaluator<Double>) throws(ArenaMemoryError) -> [Int8] {
    let elements = try evaluator.elements(of: site.value)
    return elements.indices.map { site.branch(elements[$0], $0) }
  }
}

private func sign(_ element: Double, _ index: Int) -> Int8 { element > 0 ? 1 : element < 0 ? -1 : 0 }
