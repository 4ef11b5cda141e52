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
