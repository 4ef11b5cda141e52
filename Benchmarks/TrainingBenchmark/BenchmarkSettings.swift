import ComputationGraph
import Glibc
import SystemCalls

/// The network and how often it is timed.
struct BenchmarkSettings: Sendable {
  var depth = 128
  var width = 256
  var batch = 8192
  var activation: Activation = .gelu(approximation: .none)
  var iterations = 7
  var threads: Int?
  var json = false

  /// Reads `--name value` pairs; ends the program with a sentence where they are none.
  init(arguments: [String]) {
    var rest = arguments[...]
    func refuse(_ sentence: String) -> Never {
      do {
        try writeToStandardError("bptrain-benchmarks: \(sentence)\n")
      } catch {
        exit(74)
      }
      exit(64)
    }
    func number(after name: String) -> Int {
      guard let text = rest.popFirst(), let value = Int(text), value > 0 else {
        refuse("\(name) needs a whole number above 0")
      }
      return value
    }
    while let name = rest.popFirst() {
      switch name {
      case "--depth": depth = number(after: name)
      case "--width": width = number(after: name)
      case "--batch": batch = number(after: name)
      case "--iterations": iterations = number(after: name)
      case "--threads": threads = number(after: name)
      case "--json": json = true
      case "--activation":
        switch rest.popFirst() {
        case "gelu": activation = .gelu(approximation: .none)
        case "relu": activation = .relu
        case "tanh": activation = .tanh
        default: refuse("--activation is gelu, relu or tanh")
        }
      default: refuse("\(name) is no option; see the comment in Benchmarks/TrainingBenchmark/main.swift")
      }
    }
  }
}
