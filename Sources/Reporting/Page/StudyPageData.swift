import Configuration
import Profiling

/// What the page's script draws from, as small as it can be: rows by combinations of the grid, sizes of stages once for
/// each combination, details of the points that have them.
func studyPageData(of study: StudyResult, plans: [String: JSONValue], detailed: Set<String>) -> JSONValue {
  [
    "groups": .array(
      study.groups.map { group in
        let typical = group.rows.lazy.compactMap(\.typicalRun).first
        let stages = typical?.report["stages"]?.elements ?? []
        let health = group.rows.lazy.compactMap { $0.value("health.stages")?.elements }.first
        return [
          "label": .string(group.label),
          "names": .array(stages.map { $0["name"] ?? .null }),
          "outputBytes": .array(stages.map { $0["outputBytes"] ?? 0 }),
          "keptBytes": .array(stages.map { $0["residualBytes"] ?? 0 }),
          "health": health.flatMap { $0.count * study.groups.count <= mostHealthStages ? healthData($0) : nil }
            ?? .null,
          "rows": .array(
            group.rows.map { row in
              rowData(row, plan: plans[row.point.key], isDetailed: detailed.contains(row.point.key))
            }),
        ]
      })
  ]
}

/// Stages of all groups together whose gradients' health the page shows.
private let mostHealthStages = 4000

private func healthData(_ stages: [JSONValue]) -> JSONValue {
  func curve(_ name: String) -> JSONValue {
    .array(stages.map { stage in stage[name]?.doubleValue.map { rounded($0) } ?? .null })
  }
  return [
    "activation": curve("activationRms"), "cotangent": curve("cotangentRms"), "gradient": curve("gradientRms"),
    "update": curve("updateRatio"), "dead": curve("deadShare"), "flags": .array(stages.map { $0["flag"] ?? .null }),
  ]
}

private func rowData(_ row: StudyRow, plan: JSONValue?, isDetailed: Bool) -> JSONValue {
  [
    "label": .string(row.point.label), "strategy": .string(row.point.strategy),
    "budget": row.point.budget.map { .string($0) } ?? .null, "status": .string(row.status.rawValue),
    "message": row.message.map { .string(shortened($0, 200)) } ?? .null, "least": integer(row.minimumFeasibleBytes),
    "stages": integer(row.integer("schedule.stages")), "executions": integer(row.integer("schedule.forwardExecutions")),
    "recomputed": integer(row.integer("schedule.recomputedExecutions")),
    "elided": integer(row.integer("schedule.elidedExecutions")), "planned": integer(row.plannedPeakBytes),
    "peak": integer(row.measuredPeakBytes), "process": integer(row.integer("memory.process.measuredPeakBytes")),
    "predicted": number(row.predictedSeconds),
    "time": row.iteration.map { [rounded($0.median), rounded($0.minimum), rounded($0.maximum)] } ?? .null,
    "detail": isDetailed ? detail(of: row, plan: plan) : .null,
  ]
}

private func detail(of row: StudyRow, plan: JSONValue?) -> JSONValue {
  let stages = row.value("stages")?.elements ?? []
  func times(_ name: String) -> JSONValue { .array(stages.map { rounded($0[name]?.doubleValue ?? 0) }) }
  let isTimed = stages.first?["forwardSeconds"]?.doubleValue != nil
  return [
    "forward": isTimed ? times("forwardSeconds") : .null, "backward": isTimed ? times("backwardSeconds") : .null,
    "sweeps": plan?["sweeps"] ?? .null, "timeline": plan?["timeline"].map(timeline) ?? .null,
  ]
}

/// The timeline with phases as letters and buffers as `[value, stage, category, bytes]`.
private func timeline(_ timeline: JSONValue) -> JSONValue {
  guard let peak = timeline["peak"], let samples = timeline["samples"] else { return .null }
  func letter(_ phase: JSONValue?) -> String { String((phase?.stringValue ?? "f").prefix(1)) }
  let buffers = (peak["buffers"]?.elements ?? []).prefix(20).map { buffer -> JSONValue in
    let name = buffer["value"]?.stringValue?.split(separator: " ").dropFirst().joined(separator: " ")
    return .array([
      name.map { .string($0) } ?? .null, buffer["stage"] ?? .null, buffer["category"] ?? .null,
      buffer["bytes"] ?? .null,
    ])
  }
  return [
    "instructions": timeline["instructions"] ?? 0, "samples": samples,
    "phases": .string((timeline["phases"]?.elements ?? []).map(letter).joined()),
    "peak": [
      "instruction": peak["instruction"] ?? 0, "bytes": peak["bytes"] ?? 0, "phase": .string(letter(peak["phase"])),
      "stage": peak["stage"] ?? 0, "buffers": .array(buffers),
    ],
  ]
}

/// A number with four significant digits, so that the page stays small.
private func rounded(_ value: Double) -> JSONValue {
  guard value > 0, value.isFinite else { return 0 }
  // The scale would be infinite.
  guard value > 1e-290 else { return .number(value) }
  var scale = 1.0
  while value * scale < 1000 { scale *= 10 }
  return .number((value * scale).rounded() / scale)
}
