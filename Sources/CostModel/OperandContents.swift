package import ArenaMemory
package import ComputationGraph
import Kernels

/// What an operand holds while its kernel is measured: numbers as they occur in training, so that no kernel meets an
/// index outside its table, the root of a negative number, or arithmetic that is faster on zeros.
package enum OperandContents: Hashable {
  /// Between -√3 and √3: variance 1.
  case noise
  /// Noise over the root of so many inputs: a product then keeps the variance of what it multiplies.
  case weights(inputs: Int)
  /// Whole numbers below so many classes.
  case labels(Int)
  /// 0 or 1.
  case bits
  /// Between 0.5 and 1.5, as deviations are.
  case positive

  /// - Parameters:
  ///   - position: index among the inputs.
  ///   - inputs: their shapes.
  init(of operation: Operator, input position: Int, inputs: [Shape]) {
    switch operation {
    case .linear, .linearInputGradient:
      self = position == 1 ? .weights(inputs: inputs[1].columns) : .noise
    case .loss(let loss), .lossGradient(let loss):
      self = position == 1 ? OperandContents(targetOf: loss, prediction: inputs[0]) : .noise
    case .correctCount(.classes): self = position == 1 ? .labels(inputs[0].columns) : .noise
    case .correctCount(.bits), .correctCount(.bitValues): self = position == 1 ? .bits : .noise
    case .layerNorm, .batchNorm: self = position == 1 ? .positive : .noise
    case .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient,
      .batchNormParameterGradients:
      self = position == 2 ? .positive : .noise
    case .updateRunningStatistics: self = .positive
    case .activation, .layerNormStatistics, .batchNormStatistics, .dropout, .add, .activationGradient,
      .linearWeightGradient, .linearBiasGradient, .narrow, .widen, .parameterUpdate:
      self = .noise
    }
  }

  private init(targetOf loss: LossFunction, prediction: Shape) {
    switch loss {
    case .softmaxCrossEntropy: self = .labels(prediction.columns)
    case .binaryCrossEntropy: self = .bits
    case .meanSquaredError, .meanAbsoluteError, .huber, .halfSquaredError: self = .noise
    }
  }
}

/// Random float32 or bfloat16 numbers of each kind, some ten thousand that are written over and over.
package struct OperandFilling {
  private static let tileCount = 65_536
  private let uniform: [Float]
  private var tiles: [Tile: [UInt8]] = [:]

  private struct Tile: Hashable {
    let contents: OperandContents
    let elementType: ElementType
  }

  package init() {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    uniform = (0..<Self.tileCount).map { _ in
      // Marsaglia: Xorshift RNGs (2003).
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Float(state >> 40) * 0x1p-24
    }
  }

  /// Writes `count` elements from a byte of the block on.
  package mutating func write(
    _ contents: OperandContents, _ elementType: ElementType = .float32, count: Int, to block: MemoryBlock,
    atByte offset: Int
  ) throws(ArenaMemoryError) {
    let tile = tile(contents, elementType)
    let byteCount = count * elementType.byteCount
    var written = 0
    while written < byteCount {
      let part = min(tile.count, byteCount - written)
      try block.write(part == tile.count ? tile : Array(tile[..<part]), atByte: offset + written)
      written += part
    }
  }

  /// The bytes of all numbers of a kind.
  mutating func tile(_ contents: OperandContents, _ elementType: ElementType) -> [UInt8] {
    let key = Tile(contents: contents, elementType: elementType)
    if let known = tiles[key] { return known }
    let made: [Float]
    switch contents {
    case .noise: made = symmetric(bound: 3)
    case .weights(let inputs): made = symmetric(bound: 3 / Float(inputs))
    case .labels(let classes): made = uniform.map { ($0 * Float(classes)).rounded(.down) }
    case .bits: made = uniform.map { $0 < 0.5 ? 0 : 1 }
    case .positive: made = uniform.map { $0 + 0.5 }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(made.count * elementType.byteCount)
    for number in made {
      switch elementType {
      case .float32: append(number.bitPattern, to: &bytes)
      case .bfloat16: append(Conversion.rounded(number), to: &bytes)
      case .float64: append(Double(number).bitPattern, to: &bytes)
      }
    }
    tiles[key] = bytes
    return bytes
  }

  private func append(_ bits: some FixedWidthInteger, to bytes: inout [UInt8]) {
    for byte in 0..<bits.bitWidth / 8 { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * byte))) }
  }

  /// Between the roots of `bound`.
  private func symmetric(bound: Float) -> [Float] {
    let root = bound.squareRoot()
    return uniform.map { (2 * $0 - 1) * root }
  }
}
