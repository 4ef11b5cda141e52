import Checkpointing

/// Reads a schedule file, strictly: every mistake that could be found is told with its line and column.
///
/// Actions are taken one by one as they are parsed; memory is that of the file and some 40 bytes for each action.
///
/// - Parameter name: what the schedule is called, for example `file:deep.json`.
/// - Throws: `ScheduleFileError`.
package func readScheduleFile(
  bytes: [UInt8], fileName: String, name: String
) throws(ScheduleFileError) -> ScheduleFile {
  let source = SourceText(origin: .file(fileName), bytes: bytes)
  guard bytes.count <= Limits.scheduleFileBytes else {
    var findings = Findings()
    findings.append(
      Finding(
        range: SourceRange(text: 0, start: 0, end: 0), keyPath: "",
        message: "found \(bytes.count) bytes, allowed: at most \(Limits.scheduleFileBytes)"))
    throw ScheduleFileError(findings, SourceText(origin: .file(fileName), bytes: []))
  }
  let collector = ScheduleStepCollector(source: source)
  var parser = JSONParser(source: source, index: 0)
  parser.takeElement = { collector.take($1, at: $0) }
  let root = parser.parseDocument()
  collector.context.findings.append(contentsOf: parser.findings)
  if let root { collector.readRoot(root) }
  let findings = collector.context.findings
  guard findings.isEmpty else { throw ScheduleFileError(findings, source) }
  return ScheduleFile(
    name: name, source: source, steps: collector.steps, formNames: collector.formNames,
    stageCount: collector.stageCount)
}

/// Turns the elements of the list of actions into steps while the parser is at work, and drops all other lists.
private final class ScheduleStepCollector {
  var context: DecodingContext
  private(set) var steps: [ScheduleStep] = []
  private(set) var formNames: [String] = []
  private(set) var stageCount: (value: Int, range: SourceRange)?
  private var numberOfFormName: [String: Int32] = [:]

  /// The keys of what `plan --json` writes under `schedule`.
  private static let keys = [
    "strategy", "stages", "forwardExecutions", "recomputedExecutions", "elidedExecutions",
    "partialExecutions", "checkpoints", "actions",
  ]

  init(source: SourceText) {
    context = DecodingContext(sources: [source])
  }

  /// Called with each element of each list; true, for none need be kept.
  func take(_ node: JSONNode, at path: ConfigurationPath) -> Bool {
    let steps = path.steps
    if steps.count == 2 && steps[0] == .key("actions")
      || steps.count == 3 && steps[1] == .key("actions") && steps[0] == .key("schedule")
    {
      context.path = path
      if let step = step(of: node) { self.steps.append(step) }
      context.path = ConfigurationPath()
    }
    return true
  }

  /// Checks what stands around the list of actions.
  func readRoot(_ root: JSONNode) {
    guard case .object = root.content else {
      if !root.isInvalid { context.report(root, allowed: "an object with \"actions\"") }
      return
    }
    if root["actions"] == nil, let schedule = root["schedule"] {
      context.path.push("schedule")
      readSchedule(schedule)
      context.path.pop()
    } else {
      readSchedule(root)
    }
  }

  private func readSchedule(_ schedule: JSONNode) {
    guard case .object(let members) = schedule.content else {
      if !schedule.isInvalid { context.report(schedule, allowed: "an object with \"actions\"") }
      return
    }
    for member in members {
      switch member.name {
      case "actions":
        if case .array = member.value.content { continue }
        tell(member, allowed: "a list of actions")
      case "stages":
        if let count = member.value.integer {
          stageCount = (count, member.value.range)
        } else {
          tell(member, allowed: "a number of stages")
        }
      default:
        guard !Self.keys.contains(member.name) else { continue }
        tellUnknown(member, among: Self.keys)
      }
    }
    if schedule["actions"] == nil {
      context.path.push("actions")
      context.report("missing, required: a list of actions", at: schedule.range)
      context.path.pop()
    }
  }

  private func step(of node: JSONNode) -> ScheduleStep? {
    guard case .object(let members) = node.content else {
      if !node.isInvalid {
        context.report(node, allowed: "an object such as { \"do\": \"backward\", \"stage\": 0 }")
      }
      return nil
    }
    guard let name = choice("do", of: node, ["forward", "restore", "backward", "discard"]) else { return nil }
    var form = ScheduleStep.Form.first
    var kind: ScheduleStep.Kind?
    var keys = ["do", "stage"]
    switch name {
    case "forward":
      keys += ["keep", "form"]
      guard let keep = enumeration("keep", of: node, as: Action.Keep.self) else { break }
      kind = .forward(keep)
      guard let named = formNamed(by: node, keep) else { return nil }
      form = named
    case "restore": kind = .restore
    case "backward": kind = .backward
    default:
      keys.append("what")
      kind = enumeration("what", of: node, as: Action.Kept.self).map { .discard($0) }
    }
    for member in members where !keys.contains(member.name) { tellUnknown(member, among: keys) }
    guard let stage = node["stage"] else {
      tellMissing("stage", in: node, required: "the number of a stage")
      return nil
    }
    guard let number = stage.integer, number >= 0 else {
      context.inside("stage") { if !stage.isInvalid { $0.report(stage, allowed: "the number of a stage, from 0") } }
      return nil
    }
    return kind.map { ScheduleStep(kind: $0, stage: number, form: form, start: node.range.start) }
  }

  /// The form that a forward action names; nil where that is a mistake, which is then told.
  private func formNamed(by node: JSONNode, _ keep: Action.Keep) -> ScheduleStep.Form? {
    guard let form = node["form"] else { return .first }
    guard keep == .residuals else {
      context.inside("form") {
        $0.report(
          "found a form where \"keep\" is \"\(keep.rawValue)\", allowed: with \"residuals\" only", at: form.range)
      }
      return nil
    }
    switch form.content {
    case .string(let name):
      if let number = numberOfFormName[name] { return .name(number) }
      let number = Int32(formNames.count)
      numberOfFormName[name] = number
      formNames.append(name)
      return .name(number)
    case .integer(let index):
      if let index = Int32(exactly: index) { return .index(index) }
    case .invalid: return nil
    case .null, .bool, .number, .array, .object: break
    }
    context.inside("form") { $0.report(form, allowed: "a form's name or its index") }
    return nil
  }

  private func enumeration<Value>(_ key: String, of node: JSONNode, as type: Value.Type) -> Value?
  where Value: RawRepresentable<String> & CaseIterable {
    choice(key, of: node, Value.allCases.map(\.rawValue)).flatMap { Value(rawValue: $0) }
  }

  private func choice(_ key: String, of node: JSONNode, _ names: [String]) -> String? {
    guard let value = node[key] else {
      tellMissing(key, in: node, required: "one of \(quotedList(names))")
      return nil
    }
    if let name = value.string, names.contains(name) { return name }
    if !value.isInvalid {
      let hint = value.string.map { suggestion(for: $0, among: names) } ?? ""
      context.inside(key) { $0.report(value, allowed: "one of \(quotedList(names))\(hint)") }
    }
    return nil
  }

  private func tellMissing(_ key: String, in node: JSONNode, required: String) {
    context.inside(key) { $0.report("missing, required: \(required)", at: node.range) }
  }

  private func tell(_ member: JSONNode.Member, allowed: String) {
    guard !member.value.isInvalid else { return }
    context.inside(member.name) { $0.report(member.value, allowed: allowed) }
  }

  private func tellUnknown(_ member: JSONNode.Member, among keys: [String]) {
    let hint = suggestion(for: member.name, among: keys)
    context.inside(member.name) {
      $0.report("unknown key, allowed: \(quotedList(keys))\(hint)", at: member.nameRange)
    }
  }
}
