/// The most bytes that are live at one moment of a stage's execution or reverse step, counted on the stage's own
/// instructions: values inside it, its output, cotangents and workspace, each from its first to its last mention. What
/// is live besides is the schedule's business and not counted.
package struct StagePeaks: Hashable, Sendable {
  /// An execution or a reverse step by what becomes of the stage's input.
  package struct ByInput: Hashable, Sendable {
    /// Something else holds the input: its bytes are not counted.
    package var held: Int
    /// The input dies with its last use here: its bytes are counted until then.
    package var ending: Int

    package init(held: Int, ending: Int) {
      self.held = held
      self.ending = ending
    }
  }

  /// One way to keep the stage.
  package struct Form: Hashable, Sendable {
    /// An execution that keeps the form; what it keeps is counted.
    package var forward: ByInput
    /// The same where nobody reads the stage's output, so that what only leads to it is left out.
    package var forwardWithoutOutput: ByInput
    /// The reverse step from the form; what it holds and both cotangents are counted.
    package var reverse: ByInput
    /// The reverse step where the input is evaluated from the residuals of the stage before.
    package var reverseDerivingInput: Int

    package init(forward: ByInput, forwardWithoutOutput: ByInput, reverse: ByInput, reverseDerivingInput: Int) {
      self.forward = forward
      self.forwardWithoutOutput = forwardWithoutOutput
      self.reverse = reverse
      self.reverseDerivingInput = reverseDerivingInput
    }
  }

  /// An execution that keeps nothing; the output is counted.
  package var forward: ByInput
  /// By form of the stage.
  package var forms: [Form]

  package init(forward: ByInput, forms: [Form]) {
    self.forward = forward
    self.forms = forms
  }

  /// The peaks of the literature's model: every value of the stage is live during the whole of its execution or reverse
  /// step, beside a workspace.
  init(of stage: ChainStage, inputBytes: Int) {
    func byInput(_ bytes: Int, readsInput: Bool = true) -> ByInput {
      ByInput(held: bytes, ending: bytes + (readsInput ? inputBytes : 0))
    }
    let forwardBytes = stage.outputBytes + stage.forwardWorkspaceBytes
    forward = byInput(forwardBytes)
    forms = stage.forms.map { form in
      let reverse =
        form.byteCount + (form.holdsOutput ? stage.outputBytes : 0) + stage.outputBytes + inputBytes
        + stage.backwardWorkspaceBytes
      return Form(
        forward: byInput(forwardBytes + form.byteCount),
        forwardWithoutOutput: byInput(stage.forwardWorkspaceBytes + form.byteCount),
        reverse: byInput(reverse, readsInput: stage.readsInput),
        reverseDerivingInput: reverse + (stage.readsInput ? inputBytes : 0))
    }
  }
}

extension StagePeaks {
  /// The least and the greatest figure, for checks.
  var extent: ClosedRange<Int> {
    var (least, greatest) = (forward.least, forward.greatest)
    for form in forms {
      least = min(least, form.forward.least, form.forwardWithoutOutput.least, form.reverse.least)
      least = min(least, form.reverseDerivingInput)
      greatest = max(greatest, form.forward.greatest, form.forwardWithoutOutput.greatest, form.reverse.greatest)
      greatest = max(greatest, form.reverseDerivingInput)
    }
    return least...greatest
  }
}

extension StagePeaks.ByInput {
  fileprivate var least: Int { min(held, ending) }
  fileprivate var greatest: Int { max(held, ending) }
}
