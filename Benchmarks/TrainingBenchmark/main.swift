import ComputationGraph
import Configuration
import Kernels
import SystemCalls

// Times a training step against its own matrix products at the rate that the kernel library reaches for their shapes:
//
//     bptrain-benchmarks [--depth 128] [--width 256] [--batch 8192] [--activation gelu|relu|tanh]
//                        [--iterations 7] [--threads N] [--json]
//
// Every figure is a median within this one process; ratios are what to compare.

let settings = BenchmarkSettings(arguments: Array(CommandLine.arguments.dropFirst()))
let thread = try ComputeThread()
let result = try thread.run { try StepBenchmark(settings).run() }
try writeToStandardOutput(settings.json ? result.json.text(.pretty) + "\n" : result.table)
