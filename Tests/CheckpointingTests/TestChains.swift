import Checkpointing

extension Chain {
  /// The chain of the literature's counts: every boundary value one byte, kept by its output alone, one second each
  /// way.
  static func unit(_ count: Int) throws(ChainError) -> Chain {
    let form = ResidualForm(name: "output", byteCount: 0, holdsOutput: true)
    let stage = ChainStage(outputBytes: 1, forwardSeconds: 1, backwardSeconds: 0, forms: [form])
    return try Chain(stages: Array(repeating: stage, count: count))
  }
}

/// A small generator whose whole state is its seed (SplitMix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
