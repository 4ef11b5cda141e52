import CommandLineInterface
import ComputationGraph
import Configuration
import Reporting
import SystemCalls
import Training

/// `bptrain plan`: everything up to the first multiplication, told instead of done.
func runPlan(_ arguments: ParsedArguments) throws {
  let parsed = try readConfiguration(of: arguments)
  let signals = try watchSignals(arguments, sayingAtOnce: "interrupted; nothing was written")
  let report = try ComputeThread().run { () throws -> RunReport in
    switch parsed.configuration.precision {
    case .float32, .bfloat16: try planReport(PreparedRun<Float>(parsed, arguments: arguments, trains: true))
    case .float64: try planReport(PreparedRun<Double>(parsed, arguments: arguments, trains: true))
    }
  }
  // What is done is told.
  signals.attend()
  try publish(report, arguments)
}

private func planReport<Element>(_ run: PreparedRun<Element>) throws -> RunReport {
  var report = try run.report(command: .plan)
  report.plan = PlanDetails(run.plans)
  return report
}
