package import Configuration
import Profiling

/// The JSON document of a study, format version 1. The whole reports of single runs stay in the folder of runs.
///
/// - Parameter command: `study`, or `bench` of a suite.
package func document(of study: StudyResult, command: String = "study") -> JSONValue {
  [
    "formatVersion": 1,
    "command": .string(command),
    "version": .string(study.version),
    "machine": study.machine,
    "config": study.configuration,
    "study": [
      "key": .string(study.key), "iterations": .integer(study.conditions.iterations),
      "warmup": .integer(study.conditions.warmup), "repeats": .integer(study.conditions.repeats),
      "shard": study.shard.map { ["index": .integer($0.index), "count": .integer($0.count)] } ?? .null,
      "violations": .array(study.violations.map { .string($0) }),
    ],
    "points": .array(study.rows.map(pointDocument)),
  ]
}

private func pointDocument(_ row: StudyRow) -> JSONValue {
  let copied = ["schedule", "memory"].map { JSONMember($0, row.value($0).map(withoutActions) ?? .null) }
  let times = ["iteration", "forward", "backward", "recompute", "update"].map { phase in
    JSONMember("\(phase)Seconds", distribution(row.seconds(of: phase)))
  }
  return .object(
    [
      JSONMember("key", .string(row.point.key)),
      JSONMember("grid", .object(row.point.settings.map { JSONMember($0.path, .string($0.value)) })),
      JSONMember("strategy", .string(row.point.strategy)),
      JSONMember("budget", row.point.budget.map { .string($0) } ?? .null),
      JSONMember("status", .string(row.status.rawValue)),
      JSONMember("message", row.message.map { .string($0) } ?? .null),
      JSONMember("minimumFeasibleBytes", integer(row.minimumFeasibleBytes)),
      JSONMember("runs", .integer(row.runs.count)),
      JSONMember("time", .object(times)),
      JSONMember("predictedIterationSeconds", number(row.predictedSeconds)),
      JSONMember("wallSeconds", distribution(row.wall)),
    ] + copied + [
      JSONMember("parametersDigest", row.value("training.parametersDigest") ?? .null),
      JSONMember("finalLoss", row.value("training.finalLoss") ?? .null),
    ])
}

/// A schedule's actions may be tens of thousands.
private func withoutActions(_ section: JSONValue) -> JSONValue {
  guard let members = section.members else { return section }
  return .object(members.filter { $0.name != "actions" })
}
