/// One step of a schedule. Stages are counted from 0; stage `i` reads boundary value `x_i` and gives `x_{i+1}`.
package enum Action: Hashable, Sendable {
  /// Executes the stage on the running value, which must be its input; its output becomes the running value.
  /// `form` is an index into the stage's forms and matters only where residuals are kept (0 otherwise).
  case forward(stage: Int, keep: Keep, form: Int)
  /// Makes the stage's input, kept as a restart value or live otherwise, the running value again.
  case restore(stage: Int)
  /// Takes the stage's reverse step.
  case backward(stage: Int)
  /// Lets go of what an earlier `forward` kept.
  case discard(stage: Int, what: Kept)

  /// What an execution keeps, beside the running value.
  package enum Keep: String, Hashable, Sendable, CaseIterable {
    /// Nothing: the input dies with the execution.
    case nothing
    /// The stage's input, as a restart value.
    case checkpoint
    /// All that the stage's reverse step reads, in the form named.
    case residuals
  }

  /// What can be let go of.
  package enum Kept: String, Hashable, Sendable, CaseIterable {
    /// The stage's input, kept as a restart value.
    case checkpoint
    /// What the stage's reverse step reads.
    case residuals
  }

  /// The stage the action is about.
  package var stage: Int {
    switch self {
    case .forward(let stage, _, _), .restore(let stage), .backward(let stage), .discard(let stage, _): stage
    }
  }
}

extension Action: CustomStringConvertible {
  package var description: String {
    switch self {
    case .forward(let stage, .nothing, _): "forward \(stage)"
    case .forward(let stage, .checkpoint, _): "forward \(stage) keep checkpoint"
    case .forward(let stage, .residuals, let form): "forward \(stage) keep residuals form \(form)"
    case .restore(let stage): "restore \(stage)"
    case .backward(let stage): "backward \(stage)"
    case .discard(let stage, let what): "discard \(stage) \(what.rawValue)"
    }
  }
}
