/// A law every schedule keeps.
package enum ScheduleLaw: String, Hashable, Sendable, CaseIterable {
  /// Stages and forms named exist, and the schedule is for a chain of that many stages.
  case namesExist
  /// A forward execution starts from the running value, which is its stage's input.
  case forwardStartsFromLiveInput
  /// What is restored is live.
  case restoredValueIsLive
  /// What a reverse step reads is live.
  case reverseStepReadsLiveValues
  /// The loss, taken before the first reverse step, reads the last stage's output.
  case lossReadsLiveOutput
  /// Stages reverse from the last to the first, each once.
  case stagesReverseInOrder
  /// What is kept is not kept already, and what is discarded is kept.
  case keptOnce
  /// Nothing is discarded that a later action needs.
  case nothingDiscardedTooEarly
  /// What is kept is used, and discarded right after its last use.
  case nothingKeptInVain
  /// A stage whose residuals were kept in the first sweep is executed once.
  case keptStagesRunOnce
  /// Live bytes never pass the budget.
  case withinBudget
  /// At the end every stage is reversed and nothing is live.
  case endsEmpty

  /// The law as a sentence.
  package var sentence: String {
    switch self {
    case .namesExist: "an action names a stage and a form that exist"
    case .forwardStartsFromLiveInput: "a forward execution starts where its input is the running value"
    case .restoredValueIsLive: "a value that is restored is live"
    case .reverseStepReadsLiveValues: "the values a reverse step reads are live"
    case .lossReadsLiveOutput: "the last stage's output is live when the first reverse step begins"
    case .stagesReverseInOrder: "stages reverse from the last to the first, each once"
    case .keptOnce: "what is kept is not kept already, and what is discarded is kept"
    case .nothingDiscardedTooEarly: "nothing is discarded that is still needed"
    case .nothingKeptInVain: "nothing stays live that is not needed"
    case .keptStagesRunOnce: "a stage whose residuals are kept in the first sweep is executed once"
    case .withinBudget: "live bytes are within the budget at every action"
    case .endsEmpty: "at the end every stage is reversed and nothing is live"
    }
  }
}

/// The first law a schedule breaks.
package struct ScheduleViolation: Error, Hashable, Sendable, CustomStringConvertible {
  package let law: ScheduleLaw
  /// The action that breaks it; the number of actions where it is the end that does.
  package let actionIndex: Int
  /// What was found.
  package let found: String

  package var description: String {
    "action \(actionIndex) of the schedule breaks the law that \(law.sentence): \(found)"
  }
}
