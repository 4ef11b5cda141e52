import Checkpointing
import RandomNumbers

/// Chains of stages of various kinds with random sizes and seconds.
enum RandomChains {
  enum Kind: CaseIterable {
    /// Reversed from input and output: ReLU, tanh.
    case output
    /// Reversed from the input alone: a linear stage.
    case linear
    /// Keeps a value that derives its output: GELU.
    case deriving
    /// Keeps a value inside: a skip block.
    case interior
  }

  static func chain(_ count: Int, seed: UInt64, kinds: [Kind], largest: Int) throws -> Chain {
    var random = SplitMix64(seed: seed)
    var inputIsDerived = false
    return try Chain(
      stages: (0..<count).map { index in
        let output = Int.random(in: 1...largest, using: &random)
        let interior = Int.random(in: 1...largest, using: &random)
        let kind = kinds.randomElement(using: &random) ?? .output
        defer { inputIsDerived = kind == .deriving }
        return ChainStage(
          outputBytes: output, readsOutput: kind == .output,
          forwardSeconds: Double(Int.random(in: 1...9, using: &random)),
          backwardSeconds: Double(Int.random(in: 1...9, using: &random)),
          forwardWorkspaceBytes: Int.random(in: 0...2, using: &random),
          backwardWorkspaceBytes: Int.random(in: 0...2, using: &random),
          forms: forms(
            kind, output: output, interior: interior, isFirst: index == 0, inputIsDerived: inputIsDerived))
      })
  }

  /// The same chain with peaks as counted ones are: a stage's input that dies with an execution or a reverse step is
  /// not live throughout.
  static func countingPeaks(_ chain: Chain, seed: UInt64) throws -> Chain {
    var random = SplitMix64(seed: seed)
    return try Chain(
      stages: chain.stages.indices.map { index in
        var peaks = chain.peaks[index]
        let input = chain.boundaryBytes(index)
        let least = peaks.forms.map(\.forwardWithoutOutput.held).reduce(peaks.forward.held, min)
        let lessForward = Int.random(in: 0...min(input, least), using: &random)
        let lessReverse = Int.random(in: 0...input, using: &random)
        peaks.forward.ending -= lessForward
        for form in peaks.forms.indices {
          peaks.forms[form].forward.ending -= lessForward
          peaks.forms[form].forwardWithoutOutput.ending -= lessForward
          peaks.forms[form].reverse.ending -= lessReverse
          peaks.forms[form].reverseDerivingInput -= lessReverse
        }
        var stage = chain.stages[index]
        stage.peaks = peaks
        return stage
      })
  }

  /// Layers of random widths, reversed from their outputs or kept by a value inside; seconds are products.
  static func layers(_ count: Int, seed: UInt64, kind: Kind = .output) throws -> Chain {
    var random = SplitMix64(seed: seed)
    let widths = (0...count).map { _ in Int.random(in: 8...128, using: &random) }
    return try Chain(
      stages: (0..<count).map { stage in
        let products = Double(widths[stage] * widths[stage + 1])
        return ChainStage(
          outputBytes: widths[stage + 1], readsOutput: kind == .output, forwardSeconds: products,
          backwardSeconds: 2 * products,
          forms: forms(kind, output: widths[stage + 1], interior: 3 * widths[stage + 1], isFirst: stage == 0))
      })
  }

  /// Equal stages of the kind `output` with one byte and one second each.
  static func uniform(_ count: Int) throws -> Chain {
    try Chain(
      stages: (0..<count).map { index in
        ChainStage(
          outputBytes: 1, forwardSeconds: 1, backwardSeconds: 0,
          forms: forms(.output, output: 1, interior: 1, isFirst: index == 0))
      })
  }

  private static func forms(
    _ kind: Kind, output: Int, interior: Int, isFirst: Bool, inputIsDerived: Bool = false
  ) -> [ResidualForm] {
    var forms: [ResidualForm]
    switch kind {
    case .output: forms = [ResidualForm(name: "compact", byteCount: 0, holdsOutput: true)]
    case .linear: forms = [ResidualForm(name: "compact", byteCount: 0)]
    case .deriving:
      forms = [
        ResidualForm(name: "compact", byteCount: output, derivesOutput: true, deriveSeconds: 0.25),
        ResidualForm(name: "full", byteCount: output, holdsOutput: true),
      ]
    case .interior: forms = [ResidualForm(name: "compact", byteCount: interior)]
    }
    if inputIsDerived {
      forms += forms.map { form in
        var form = form
        form.name += "+input"
        form.holdsDerivedInput = true
        return form
      }
    }
    if !isFirst, kind != .linear {
      var restart = forms[0]
      restart.name = "restart"
      restart.holdsInput = false
      restart.holdsOutput = !restart.derivesOutput
      forms.append(restart)
    }
    return forms
  }
}
