package import Configuration

/// What a study's report shows of a point's plan, from the document of `bptrain plan`: live bytes over time, and the
/// schedule as sweeps over neighbouring stages.
///
/// A sweep is `[kind, first stage, last stage]` with kind 0 for first executions, 1 for further ones, 2 for reversals.
package func trimmedPlan(_ document: JSONValue) -> JSONValue {
  [
    "formatVersion": 1,
    "timeline": document["timeline"] ?? .null,
    "predictedIterationSeconds": document.value(at: "time.predictedIterationSeconds") ?? .null,
    "sweeps": .array(
      sweeps(document.value(at: "schedule.actions")?.elements ?? []).map { sweep in
        [.integer(sweep.kind), .integer(sweep.first), .integer(sweep.last)]
      }),
  ]
}

struct Sweep: Hashable {
  var kind: Int
  var first: Int
  var last: Int
}

func sweeps(_ actions: [JSONValue]) -> [Sweep] {
  var sweeps: [Sweep] = []
  var executed: Set<Int> = []
  for action in actions {
    guard let stage = action["stage"]?.integerValue else { continue }
    let kind: Int
    switch action["do"]?.stringValue {
    case "forward": kind = executed.insert(stage).inserted ? 0 : 1
    case "backward": kind = 2
    default: continue
    }
    let step = kind == 2 ? -1 : 1
    if let last = sweeps.last, last.kind == kind, last.last + step == stage {
      sweeps[sweeps.count - 1].last = stage
    } else {
      sweeps.append(Sweep(kind: kind, first: stage, last: stage))
    }
  }
  return sweeps
}
