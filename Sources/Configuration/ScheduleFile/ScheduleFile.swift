package import Checkpointing

/// A schedule as a file gives it, read but not yet held to a chain.
///
/// The file is what `plan --json` writes under `schedule`, or that whole document. Of it the actions are read, and
/// `stages`, which must be the network's; the counts beside them are told by the planner and not read, so that actions
/// can be edited by hand. Comments and trailing commas are allowed as in configurations.
///
/// ```json5
/// { "actions": [
///   { "do": "forward", "stage": 0, "keep": "checkpoint" },
///   { "do": "forward", "stage": 1, "keep": "residuals", "form": "compact" },   // a form's name, or its index
///   { "do": "backward", "stage": 1 }, { "do": "discard", "stage": 1, "what": "residuals" },
///   { "do": "restore", "stage": 0 }, { "do": "discard", "stage": 0, "what": "checkpoint" },
///   { "do": "forward", "stage": 0, "keep": "residuals" },                      // the first form
///   { "do": "backward", "stage": 0 }, { "do": "discard", "stage": 0, "what": "residuals" } ] }
/// ```
package struct ScheduleFile: Sendable {
  /// What the schedule is called, for example `file:deep.json`.
  package let name: String
  let source: SourceText
  let steps: [ScheduleStep]
  /// The distinct form names, by which steps name them.
  let formNames: [String]
  let stageCount: (value: Int, range: SourceRange)?

  /// The schedule for a chain whose forms the steps name; it replays there without breaking a law.
  ///
  /// - Throws: `ScheduleFileError` for another number of stages, a form that a stage does not have, or the first law
  ///   broken.
  /// - Complexity: O(actions + stages).
  package func schedule(on chain: Chain) throws(ScheduleFileError) -> Schedule {
    var findings = Findings()
    if let stageCount, stageCount.value != chain.count {
      findings.append(
        Finding(
          range: stageCount.range, keyPath: "stages",
          message: "found \(stageCount.value), and the network has \(chain.count) stages, allowed: \(chain.count)"))
    }
    var actions: [Action] = []
    actions.reserveCapacity(steps.count)
    for (index, step) in steps.enumerated() {
      guard let form = form(of: step, index: index, on: chain, &findings) else { continue }
      actions.append(step.action(form: form))
    }
    guard findings.isEmpty else { throw ScheduleFileError(findings, source) }
    do throws(ScheduleViolation) {
      return try Schedule(strategy: name, actions: actions, on: chain)
    } catch {
      let isAtAnAction = steps.indices.contains(error.actionIndex)
      let place = isAtAnAction ? steps[error.actionIndex].start : steps.last?.start ?? 0
      findings.append(
        Finding(
          range: SourceRange(text: 0, start: Int(place), end: Int(place)),
          keyPath: isAtAnAction ? "actions.\(error.actionIndex)" : "actions", message: error.description))
      throw ScheduleFileError(findings, source)
    }
  }

  /// The index of the form that a step names; nil where its stage has none such, which is then told.
  private func form(of step: ScheduleStep, index: Int, on chain: Chain, _ findings: inout Findings) -> Int? {
    // A stage that is none is a broken law, told by the replay.
    guard chain.stages.indices.contains(step.stage) else { return 0 }
    let forms = chain.stages[step.stage].forms
    switch step.form {
    case .first: return 0
    case .index(let form) where forms.indices.contains(Int(form)): return Int(form)
    case .name(let name):
      let name = formNames[Int(name)]
      if let form = forms.firstIndex(where: { $0.name == name }) { return form }
    case .index: break
    }
    let found =
      switch step.form {
      case .name(let name): "\"\(shortened(formNames[Int(name)]))\""
      case .index(let form): "\(form)"
      case .first: "0"
      }
    findings.append(
      Finding(
        range: SourceRange(text: 0, start: step.start, end: step.start), keyPath: "actions.\(index).form",
        message: "found \(found) for stage \(step.stage), allowed: \(quotedList(forms.map(\.name))) or its index"))
    return nil
  }
}

/// One action of a schedule file, before its form is looked up.
struct ScheduleStep: Sendable {
  /// The form that a step names.
  enum Form: Sendable {
    /// None is named, or none is needed.
    case first
    case index(Int32)
    /// Index into the file's form names.
    case name(Int32)
  }

  enum Kind: Sendable {
    case forward(Action.Keep)
    case restore
    case backward
    case discard(Action.Kept)
  }

  let kind: Kind
  let stage: Int
  let form: Form
  /// The byte of the file with which the action begins.
  let start: Int

  func action(form: Int) -> Action {
    switch kind {
    case .forward(let keep): .forward(stage: stage, keep: keep, form: keep == .residuals ? form : 0)
    case .restore: .restore(stage: stage)
    case .backward: .backward(stage: stage)
    case .discard(let what): .discard(stage: stage, what: what)
    }
  }
}

/// A schedule file that cannot be carried out: every mistake in it that could be found, or the first law it breaks.
package struct ScheduleFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package let errors: ConfigurationErrors

  init(_ findings: Findings, _ source: SourceText) {
    errors = ConfigurationErrors(findings, sources: [source])
  }

  package var description: String { errors.description }
}
