import Configuration
import Kernels
import SystemCalls

// Times training steps; `BenchmarkSettings.usage` says how.

WaitingThreads.boundSpinning(unbind: runOnAllPlaces)
let settings = BenchmarkSettings(arguments: Array(CommandLine.arguments.dropFirst()))
do {
  let report = try ComputeThread().run { try BenchmarkRun(settings).report() }
  try writeToStandardOutput(settings.isJSON ? report.json.text(.pretty) + "\n" : report.table(settings))
} catch {
  refuse("\(error)", code: 70)
}
