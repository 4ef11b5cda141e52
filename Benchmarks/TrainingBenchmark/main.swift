import Configuration
import SystemCalls

// Times training steps of whole configurations against the machine's own limits, measured in the same process:
//
//     bptrain-benchmarks [w1 ... w6 | CONFIG.json]... [--strategies none,sqrt] [--iterations N] [--threads N]
//                        [--operators | --observers] [--json]
//
// Without names: all six workloads of Benchmarks/workloads, looked for from the package's folder. Every figure is a
// median within this one process; ratios are what to compare. `--operators` adds where each iteration's time goes.
// `--observers` tells what watching an iteration costs instead: iterations that are watched and others take turns,
// in `--iterations` rounds.

WaitingThreads.boundSpinning()
let settings = BenchmarkSettings(arguments: Array(CommandLine.arguments.dropFirst()))
do {
  let report = try ComputeThread().run { try BenchmarkRun(settings).report() }
  try writeToStandardOutput(settings.isJSON ? report.json.text(.pretty) + "\n" : report.table(settings))
} catch {
  refuse("\(error)", code: 70)
}
