/// One stage of a chain, as the schedulers see it: sizes, seconds and the ways it can be kept.
///
/// Stage `i` reads the boundary value `x_i` and gives `x_{i+1}`; its reverse step reads the cotangent of `x_{i+1}` and
/// gives that of `x_i`, which has the bytes of `x_i`.
package struct ChainStage: Hashable, Sendable {
  /// Bytes of the boundary value the stage gives, and of its cotangent.
  package var outputBytes: Int
  /// Bytes of the boundary value while a restart value or residuals hold it: fewer than `outputBytes` where what is
  /// held is a copy in fewer bytes, from which the value is made again when it is read.
  package var keptOutputBytes: Int
  /// Whether the reverse step reads the stage's input.
  package var readsInput: Bool
  /// Whether the reverse step reads the stage's output.
  package var readsOutput: Bool
  /// Seconds of one execution.
  package var forwardSeconds: Double
  /// Seconds of the reverse step in a form without extra seconds.
  package var backwardSeconds: Double
  /// Bytes live only during an execution, beside input, output and what is kept.
  package var forwardWorkspaceBytes: Int
  /// Bytes live only during the reverse step, beside the values read and the two cotangents.
  package var backwardWorkspaceBytes: Int
  /// The ways the stage can be kept; the first is the one keep-all uses.
  package var forms: [ResidualForm]
  /// Bytes live during an execution and a reverse step, counted; nil for the literature's model, in which all values of
  /// the stage and a workspace are live throughout.
  package var peaks: StagePeaks?

  package init(
    outputBytes: Int, keptOutputBytes: Int? = nil, readsInput: Bool = true, readsOutput: Bool = true,
    forwardSeconds: Double,
    backwardSeconds: Double,
    forwardWorkspaceBytes: Int = 0, backwardWorkspaceBytes: Int = 0, forms: [ResidualForm],
    peaks: StagePeaks? = nil
  ) {
    self.outputBytes = outputBytes
    self.keptOutputBytes = keptOutputBytes ?? outputBytes
    self.readsInput = readsInput
    self.readsOutput = readsOutput
    self.forwardSeconds = forwardSeconds
    self.backwardSeconds = backwardSeconds
    self.forwardWorkspaceBytes = forwardWorkspaceBytes
    self.backwardWorkspaceBytes = backwardWorkspaceBytes
    self.forms = forms
    self.peaks = peaks
  }

  /// The form a reverse step takes where no residuals of the stage are kept, or nil where none will do: of the forms
  /// that read boundary values only, and of these no other than the live ones, the one with least extra seconds (the
  /// first of equals).
  package func formReadingBoundaryValues(inputIsLive: Bool, outputIsLive: Bool) -> Int? {
    if readsInput && !inputIsLive { return nil }
    var best: Int?
    for (index, form) in forms.enumerated()
    where form.readsBoundaryValuesOnly && (outputIsLive || !form.holdsOutput) {
      if let known = best, forms[known].extraBackwardSeconds <= form.extraBackwardSeconds { continue }
      best = index
    }
    return best
  }
}
