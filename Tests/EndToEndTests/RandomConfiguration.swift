import Configuration
import RandomNumbers
import TestSupport

/// A configuration drawn from a seed: a network of any layers on synthetic, CSV or NPY data, with any optimizer,
/// strategy, precision and sizes that train in a fraction of a second.
struct RandomConfiguration {
  let seed: UInt64
  let text: String
  /// Whether activations are rounded to bfloat16 while they are kept, so that what is kept decides on bits.
  let roundsKept: Bool
  /// What is beside the configuration: names and bytes.
  let files: [(name: String, bytes: [UInt8])]

  init(seed: UInt64) {
    self.seed = seed
    var random = SplitMix64(seed: seed)
    func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func pick<Choice>(_ choices: [Choice]) -> Choice { choices.randomElement(using: &random)! }
    let features = pick([1, 3, 17, 64, 256])
    let width = pick([5, 16, 64, 200, 512])
    let classifies = Bool.random(using: &random)
    let outputs = classifies ? number(2...12) : pick([1, 4, 100])
    let samples = pick([20, 150, 1000, 5000])
    let batch = min(samples, pick([4, 32, 256, 2000]))
    let activation = pick(["relu", "leakyRelu", "tanh", "gelu", "silu", "elu", "sigmoid", "softplus"])
    var layers = ["{\"type\":\"linear\",\"units\":\(width)},{\"type\":\"\(activation)\"}"]
    let depth = pick([0, 2, 10, 60, 300])
    let kind = width * width * depth > 8 << 20 ? 0 : number(0...3)
    let inner =
      switch kind {
      case 0, 1: "{\"type\":\"linear\",\"units\":\(width)},{\"type\":\"\(activation)\"}"
      case 2:
        "{\"type\":\"residual\",\"layers\":[{\"type\":\"layerNorm\"},{\"type\":\"linear\",\"units\":\(width)},"
          + "{\"type\":\"\(activation)\"},{\"type\":\"dropout\",\"rate\":0.1},{\"type\":\"linear\",\"units\":\(width)}]}"
      default:
        "{\"type\":\"linear\",\"units\":\(width)},{\"type\":\"batchNorm\"},{\"type\":\"\(activation)\"}"
      }
    if depth > 0 {
      layers.append("{\"type\":\"repeat\",\"count\":\(min(depth, (16 << 20) / (width * width))),\"layers\":[\(inner)]}")
    }
    layers.append("{\"type\":\"linear\",\"units\":\(outputs)}")
    let fused = number(0...3) == 0
    let update = pick(["\"sgd\"", "\"sgd\",\"momentum\":0.9", "\"adam\"", "\"adamw\""])
    let optimizer = "{\"type\":\(update),\"learningRate\":1e-4,\"fused\":\(fused)}"
    // Batch norm needs two rows at once; what is fused is not split.
    let microBatch =
      switch number(0...3) {
      case 0 where !fused && batch > 4: "\(number(2...batch - 1))"
      case 1: "\"auto\""
      default: "null"
      }
    let clip = fused ? "null" : pick(["null", "{\"norm\":1}", "{\"value\":0.1}"])
    let initialization = pick(["he", "xavierUniform", "lecun", width <= 200 ? "orthogonal" : "he"])
    let task = classifies ? "classification" : "regression"
    var files: [(name: String, bytes: [UInt8])] = []
    let source: String
    switch number(0...2) {
    case 0 where samples * (features + outputs) <= 1 << 20:
      files = [
        (
          "data.csv",
          Array(
            Self.csv(
              rows: samples, features: features, targets: classifies ? 1 : outputs, classes: classifies ? outputs : nil,
              &random
            )
            .utf8)
        )
      ]
      let targets = (0..<(classifies ? 1 : outputs)).map { "\"y\($0)\"" }.joined(separator: ",")
      source = "\"type\":\"csv\",\"path\":\"data.csv\",\"target\":[\(targets)],\"standardize\":true"
    case 1:
      files = [
        ("x.npy", Self.npy(rows: samples, columns: features, classes: nil, &random)),
        (
          "y.npy",
          Self.npy(rows: samples, columns: classifies ? 1 : outputs, classes: classifies ? outputs : nil, &random)
        ),
      ]
      source = "\"type\":\"npy\",\"features\":\"x.npy\",\"targets\":\"y.npy\""
    default:
      source =
        "\"type\":\"synthetic\",\"samples\":\(samples),\"features\":\(features),\"outputs\":\(outputs)"
    }
    let fraction = pick(["0", "0.2"])
    let strategy = pick(["none", "sqrt", "segments:3", "every:4", "recursive", "revolve:4", "mixed:5"])
    let precision = pick(["float32", "float32", "bfloat16"])
    roundsKept = precision == "float32" && number(0...2) == 0
    text = """
      {"seed": \(number(0...1000)),
       "data": {\(source),"task":"\(task)","validationFraction":\(fraction)},
       "model": {"layers":[\(layers.joined(separator: ","))],"initialization":"\(initialization)"},
       "optimizer": \(optimizer),
       "training": {"batchSize": \(kind == 3 ? max(batch, 4) : batch), "epochs": 1, "microBatchSize": \(microBatch),
                    "gradientClip": \(clip)},
       "precision": "\(precision)", "storage": "\(roundsKept ? "bfloat16" : "float32")",
       "hugePages": \(Bool.random(using: &random)), "checkpoint": "\(strategy)"}
      """
    self.files = files
  }

  /// Writes everything into a folder and gives the configuration's path.
  func write(into folder: TemporaryFolder) throws -> String {
    for file in files { try folder.write(file.bytes, as: file.name) }
    return try folder.write(text, as: "c.json")
  }

  private static func csv(
    rows: Int, features: Int, targets: Int, classes: Int?, _ random: inout SplitMix64
  ) -> String {
    let names = (0..<features).map { "x\($0)" } + (0..<targets).map { "y\($0)" }
    var text = names.joined(separator: ",") + "\n"
    for _ in 0..<rows {
      for column in 0..<features + targets {
        if column > 0 { text += "," }
        if column >= features, let classes {
          text += "\(Int.random(in: 0..<classes, using: &random))"
        } else {
          text += "\(Int.random(in: -999...999, using: &random))e-3"
        }
      }
      text += "\n"
    }
    return text
  }

  /// The first 128 bytes of a file of float32 numbers.
  static func npyHeader(rows: Int, columns: Int) -> [UInt8] {
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    header += String(repeating: " ", count: 127 - 10 - header.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
  }

  private static func npy(rows: Int, columns: Int, classes: Int?, _ random: inout SplitMix64) -> [UInt8] {
    var bytes = npyHeader(rows: rows, columns: columns)
    for _ in 0..<rows * columns {
      let value =
        classes.map { Float(Int.random(in: 0..<$0, using: &random)) } ?? Float.random(in: -1...1, using: &random)
      for place in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * place))) }
    }
    return bytes
  }
}
