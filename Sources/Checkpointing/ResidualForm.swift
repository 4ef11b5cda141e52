/// One way to keep a stage for its reverse step: which bytes stay live between its execution and its reversal.
///
/// The stage's input and output are boundary values, which neighbours may hold too; a form names the bytes beside them.
/// A GELU stage may keep its pre-activation (its output then follows from it, element by element); a ReLU stage keeps
/// no interior value at all, for its mask can be read off its output:
///
///     ResidualForm(name: "preActivation", byteCount: 4096, derivesOutput: true)
///     ResidualForm(name: "output", byteCount: 0, holdsOutput: true)
package struct ResidualForm: Hashable, Sendable {
  /// The form's name in a schedule's text.
  package var name: String
  /// Bytes of interior values held, beside the stage's input and output.
  package var byteCount: Int
  /// Whether the stage's output is read by its reverse step, or must stay live with the residuals.
  package var holdsOutput: Bool
  /// Whether the output can be evaluated again, element by element, from the interior values held. The next stage's
  /// input then need not be held for that stage's reverse step.
  package var derivesOutput: Bool
  /// Whether the set holds the stage's input too, where the reverse step reads it. A set that does not is the smallest
  /// thing to start again from after the stage and to reverse the stage with, once its input is live again.
  package var holdsInput: Bool
  /// Whether the set holds the stage's input even where the residuals of the stage before derive it, which spares the
  /// evaluation.
  package var holdsDerivedInput: Bool
  /// Products inside the stage that the reverse step executes again. They are partial executions, which are counted
  /// apart from those of whole stages.
  package var productsExecutedAgain: Int
  /// Seconds the reverse step takes in this form beyond the stage's `backwardSeconds`.
  package var extraBackwardSeconds: Double
  /// Seconds of evaluating the output from the interior values, where they derive it.
  package var deriveSeconds: Double
  /// Seconds of an execution that only gives what the form holds, where nobody reads the output; nil for the stage's
  /// `forwardSeconds`.
  package var secondsWithoutOutput: Double?

  package init(
    name: String, byteCount: Int, holdsOutput: Bool = false, derivesOutput: Bool = false, holdsInput: Bool = true,
    holdsDerivedInput: Bool = false, productsExecutedAgain: Int = 0, extraBackwardSeconds: Double = 0,
    deriveSeconds: Double = 0, secondsWithoutOutput: Double? = nil
  ) {
    self.name = name
    self.byteCount = byteCount
    self.holdsOutput = holdsOutput
    self.derivesOutput = derivesOutput
    self.holdsInput = holdsInput
    self.holdsDerivedInput = holdsDerivedInput
    self.productsExecutedAgain = productsExecutedAgain
    self.extraBackwardSeconds = extraBackwardSeconds
    self.deriveSeconds = deriveSeconds
    self.secondsWithoutOutput = secondsWithoutOutput
  }

  /// Whether the reverse step reads nothing but the stage's input and output, so that it can be taken wherever these
  /// two are live, whether or not the stage was executed to keep them.
  package var readsBoundaryValuesOnly: Bool { byteCount == 0 }
}
