import Checkpointing
import Glibc
import SystemCalls

/// What is timed, and how often.
struct BenchmarkSettings: Sendable {
  /// Configuration files.
  var paths: [String] = []
  var strategies: [Strategy] = [.none, .sqrt]
  /// Timed iterations of each; nil for as many as take about two seconds, at least seven.
  var iterations: Int?
  var threads: Int?
  /// Whether the time of each kind of instruction is told.
  var showsOperators = false
  var isJSON = false
  /// Whether iterations that are watched are compared with such as are not, in place of all else.
  var comparesObservers = false

  static let usage = """
    Times training steps of whole configurations against the machine's own limits, measured in the same process.

    Usage: bptrain-benchmarks [w1 ... w6 | CONFIG.json]... [options]

    Without names: all six workloads of Benchmarks/workloads, looked for from the package's folder. Every figure is a
    median within this one process; ratios are what to compare.

      --strategies A,B   strategies to time (default: none,sqrt)
      --iterations N     timed iterations of each (default: as many as take about two seconds, at least seven)
      --threads N        threads to compute with (default: all that the process may use)
      --operators        adds where each iteration's time goes
      --observers        tells what watching an iteration costs instead: iterations that are watched and others take
                         turns, in --iterations rounds
      --json             one JSON document instead of the table
      --help             this text

    """

  /// Reads the command line; ends the program with a sentence where it is none, and with the usage where it is asked
  /// for.
  init(arguments: [String]) {
    var rest = arguments[...]
    func number(after name: String) -> Int {
      guard let text = rest.popFirst(), let value = Int(text), (1...1_000_000).contains(value) else {
        refuse("\(name) needs a whole number from 1 to 1000000", code: 64)
      }
      return value
    }
    while let argument = rest.popFirst() {
      switch argument {
      case "--iterations": iterations = number(after: argument)
      case "--threads": threads = number(after: argument)
      case "--operators": showsOperators = true
      case "--json": isJSON = true
      case "--observers": comparesObservers = true
      case "--strategies":
        do throws(StrategyError) {
          strategies = try (rest.popFirst() ?? "").split(separator: ",").map { text throws(StrategyError) in
            try Strategy(parsing: String(text))
          }
        } catch {
          refuse("--strategies: \(error)", code: 64)
        }
        if strategies.isEmpty { refuse("--strategies needs names with commas between, such as none,sqrt", code: 64) }
      case "--help": tell(Self.usage)
      case _ where argument.hasPrefix("-"):
        refuse("\(argument) is no option; bptrain-benchmarks --help names them", code: 64)
      default: paths.append(argument.hasSuffix(".json") ? argument : Self.workload(argument))
      }
    }
    if paths.isEmpty { paths = (1...6).map { Self.workload("w\($0)") } }
  }

  private static func workload(_ name: String) -> String { "Benchmarks/workloads/\(name).json" }
}

/// Ends the program with a text on standard output.
private func tell(_ text: String) -> Never {
  do {
    try writeToStandardOutput(text)
  } catch {
    exit(74)
  }
  exit(0)
}

/// Ends the program with a sentence on standard error.
func refuse(_ sentence: String, code: Int32) -> Never {
  do {
    try writeToStandardError("bptrain-benchmarks: \(sentence)\n")
  } catch {
    exit(74)
  }
  exit(code)
}
