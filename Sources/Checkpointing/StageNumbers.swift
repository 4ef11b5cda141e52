/// Numbers of a stage that the search for optima asks for again and again, side by side in memory.
struct StageNumbers: Sendable {
  let forwardSeconds: Double
  /// Bytes of an execution that keeps nothing.
  let forward: StagePeaks.ByInput
  /// Bytes of the output while a restart value holds it.
  let keptOutputBytes: Int
  /// Seconds of evaluating the output from residuals; nil where no form derives it.
  let deriveSeconds: Double?
  /// Nil where the stage has no restart residuals.
  let restart: Restart?

  /// What restart residuals of the stage are and take, its input dying with the execution that gives them.
  struct Restart: Sendable {
    let form: Int
    /// Bytes of the residuals, the output included where they hold it.
    let byteCount: Int
    /// Bytes of an execution that keeps them.
    let forwardPeak: Int
    /// The same where it gives nothing else.
    let forwardPeakWithoutOutput: Int
    let secondsWithoutOutput: Double
    let derivesOutput: Bool
    /// What they give of the next stage's input.
    let nextStart: ReversalPart.Start
  }
}

extension Chain {
  /// By stage.
  var stageNumbers: [StageNumbers] {
    stages.indices.map { index in
      let stage = stages[index]
      let restart = stage.restartForm.map { form in
        StageNumbers.Restart(
          form: form, byteCount: keptBytes(index, form: form), forwardPeak: peaks[index].forms[form].forward.ending,
          forwardPeakWithoutOutput: peaks[index].forms[form].forwardWithoutOutput.ending,
          secondsWithoutOutput: stage.forms[form].secondsWithoutOutput ?? stage.forwardSeconds,
          derivesOutput: stage.forms[form].derivesOutput, nextStart: startAfterRestart(index + 1))
      }
      return StageNumbers(
        forwardSeconds: stage.forwardSeconds, forward: peaks[index].forward, keptOutputBytes: stage.keptOutputBytes,
        deriveSeconds: stage.deriveSeconds, restart: restart)
    }
  }

  /// Bytes of a stage's residuals in a form, the output included where the form holds it.
  func keptBytes(_ stage: Int, form: Int) -> Int {
    stages[stage].forms[form].byteCount + (stages[stage].forms[form].holdsOutput ? stages[stage].keptOutputBytes : 0)
  }
}

extension ChainStage {
  /// Seconds of evaluating the output from residuals; nil where no form derives it.
  var deriveSeconds: Double? { forms.first(where: \.derivesOutput)?.deriveSeconds }
}
