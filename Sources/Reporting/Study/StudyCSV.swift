import Configuration
import Profiling

/// A study as CSV (RFC 4180): a row for each point, the grid's keys first, an empty field where nothing was measured.
package func studyCSV(of study: StudyResult) -> String {
  let paths = study.rows.first?.point.settings.map(\.path) ?? []
  let phases = ["iteration", "forward", "backward", "recompute", "update"]
  var header = paths
  header += ["strategy", "budget", "status", "runs", "iterations_timed", "stages", "forward_executions"]
  header += ["recomputed_executions", "elided_executions", "planned_peak_bytes", "measured_peak_bytes"]
  header += ["keep_all_bytes", "minimum_feasible_bytes", "process_peak_bytes", "predicted_iteration_seconds"]
  for phase in phases { header += ["median", "minimum", "maximum"].map { "\(phase)_seconds_\($0)" } }
  header += ["final_loss", "parameters_digest", "wall_seconds_median", "message"]
  var lines = [line(header)]
  for row in study.rows {
    func integer(_ path: String) -> String { row.integer(path).map { "\($0)" } ?? "" }
    var fields = row.point.settings.map(\.value)
    fields += [row.point.strategy, row.point.budget ?? "", row.status.rawValue, "\(row.runs.count)"]
    fields += [integer("time.iterationSeconds.count"), integer("schedule.stages")]
    fields += [integer("schedule.forwardExecutions"), integer("schedule.recomputedExecutions")]
    fields += [integer("schedule.elidedExecutions"), integer("memory.activations.plannedPeakBytes")]
    fields += [integer("memory.activations.measuredPeakBytes"), integer("memory.activations.keepAllBytes")]
    fields.append(
      row.minimumFeasibleBytes.map { "\($0)" } ?? integer("memory.activations.minimumFeasibleBytes"))
    fields.append(integer("memory.process.measuredPeakBytes"))
    fields.append(row.predictedSeconds.map { "\($0)" } ?? "")
    for phase in phases {
      let seconds = row.seconds(of: phase)
      fields += [seconds?.median, seconds?.minimum, seconds?.maximum].map { $0.map { "\($0)" } ?? "" }
    }
    fields.append(row.value("training.finalLoss")?.doubleValue.map { "\($0)" } ?? "")
    fields.append(row.value("training.parametersDigest")?.stringValue ?? "")
    fields.append(row.wall.map { "\($0.median)" } ?? "")
    fields.append(row.message ?? "")
    lines.append(line(fields))
  }
  return lines.joined()
}

private func line(_ fields: [String]) -> String {
  fields.map { field in
    field.contains(where: { ",\"\r\n".contains($0) })
      ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
  }
  .joined(separator: ",") + "\r\n"
}
