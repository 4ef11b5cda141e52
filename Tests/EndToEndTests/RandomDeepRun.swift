import Configuration
import RandomNumbers
import TestSupport

/// A run drawn from a seed: a narrow network of tens to thousands of blocks, alike or no two of the same width, with
/// normalization, dropout and residual blocks, and options that make documents of what it does. What the process takes
/// beside activations is most of it.
struct RandomDeepRun {
  let configuration: String
  /// Options of the command line, of files in a folder.
  let options: [String]

  init(seed: UInt64, in folder: TemporaryFolder) {
    var random = SplitMix64(seed: seed)
    func pick<Choice>(_ choices: [Choice]) -> Choice { choices.randomElement(using: &random)! }
    func happens(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
    let kinds = (0..<Int.random(in: 1...3, using: &random)).map { _ in pick(Block.allCases) }
    let activation = pick(["relu", "gelu", "tanh", "silu"])
    let width = pick([2, 4, 8, 16, 32])
    let count = pick([50, 200, 600, 1500, 4000]) / kinds.count + 1
    let areUnequal = count < 700 && happens(0.3)
    var layers = [Block.linear(width)]
    if areUnequal {
      var width = width
      for index in 0..<count * kinds.count {
        let kind = kinds[index % kinds.count]
        if !kind.isResidual { width = Int.random(in: 2...48, using: &random) }
        layers.append(kind.layers(width, activation))
      }
    } else {
      let blocks = kinds.map { $0.layers(width, activation) }.joined(separator: ",")
      layers.append("{\"type\":\"repeat\",\"count\":\(count),\"layers\":[\(blocks)]}")
    }
    layers.append(Block.linear(2))
    let precision = pick(["float32", "float32", "float64", "bfloat16"])
    let storage = precision == "float32" && happens(0.3) ? "bfloat16" : "float32"
    configuration = """
      { "data": { "type": "synthetic", "samples": \(pick([64, 300])), "features": 16,
                  "validationFraction": \(pick(["0", "0.2"])) },
        "model": { "layers": [\(layers.joined(separator: ","))] },
        "optimizer": { "type": "\(pick(["sgd", "adam", "adam"]))", "learningRate": 1e-6 },
        "training": { "epochs": \(pick([1, 3])), "batchSize": \(pick([16, 64])),
                      "microBatchSize": \(pick(["null", "null", "null", "8", "\"auto\""])) },
        "precision": "\(precision)", "storage": "\(storage)", "threads": \(pick([1, 2])),
        "activationBudget": \(pick(["null", "null", "\"min\"", "\"50%\""])) }
      """
    var options: [String] = []
    for further in [
      ["--output", "\(folder.path)/results"], ["--trace", "\(folder.path)/trace.json"],
      ["--tensorboard", "\(folder.path)/log"], ["--report", "\(folder.path)/report.json"],
      ["--verify"], ["--no-health"],
    ] where happens(0.25) {
      options += further
    }
    self.options = options
  }

  private enum Block: CaseIterable {
    case plain, alsoPlain, layerNorm, batchNorm, dropout, residual, residualOfOne

    var isResidual: Bool { self == .residual || self == .residualOfOne }

    static func linear(_ units: Int) -> String { "{\"type\":\"linear\",\"units\":\(units)}" }

    func layers(_ units: Int, _ activation: String) -> String {
      let (linear, activation) = (Self.linear(units), "{\"type\":\"\(activation)\"}")
      return switch self {
      case .plain, .alsoPlain: "\(linear),\(activation)"
      case .layerNorm: "\(linear),{\"type\":\"layerNorm\"},\(activation)"
      case .batchNorm: "\(linear),{\"type\":\"batchNorm\"},\(activation)"
      case .dropout: "\(linear),\(activation),{\"type\":\"dropout\",\"rate\":0.1}"
      case .residual:
        "{\"type\":\"residual\",\"layers\":[{\"type\":\"layerNorm\"},\(linear),\(activation),\(linear)]}"
      case .residualOfOne: "{\"type\":\"residual\",\"layers\":[\(linear),\(activation)]}"
      }
    }
  }
}
