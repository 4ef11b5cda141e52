import ComputationGraph
import Glibc
import Kernels
import SystemCalls

// What this machine's kernels reach: the three products of a linear layer and the element-wise kernels, as they are
// bound in training, beside oneDNN's own matrix product.
//
//   bptrain-kernel-benchmark [--json] [--threads N] [--repetitions N]

var isJSON = false
var threadCount = sysconf(Int32(_SC_NPROCESSORS_ONLN))
var repetitions = 9

func fail(_ message: String) -> Never {
  let line = "bptrain-kernel-benchmark: \(message)\n"
  _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
  exit(64)
}

var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  func number() -> Int {
    guard let text = arguments.popFirst(), let number = Int(text), (1...4096).contains(number) else {
      fail("\(argument) needs a number from 1 to 4096")
    }
    return number
  }
  switch argument {
  case "--json": isJSON = true
  case "--threads": threadCount = number()
  case "--repetitions": repetitions = number()
  default: fail("unknown argument \(argument); known are --json, --threads N and --repetitions N")
  }
}

do {
  let benchmark = try KernelBenchmark(team: ThreadTeam(threadCount: threadCount), repetitions: repetitions)
  let report = try benchmark.run()
  print(isJSON ? report.json : report.table)
} catch {
  fail("\(error)")
}
