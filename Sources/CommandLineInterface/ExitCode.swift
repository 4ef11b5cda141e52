/// How the program ends; scripts depend on these numbers.
package enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
  case success = 0
  /// A check failed or training diverged.
  case failed = 1
  case wrongCommandLine = 64
  /// A data or model file has wrong content.
  case wrongData = 65
  /// A file is missing or unreadable.
  case noInput = 66
  case infeasibleBudget = 69
  case internalError = 70
  /// The system refused memory or a thread.
  case systemRefusal = 71
  case cannotCreateOutput = 73
  case inputOutputError = 74
  /// Another process holds the run's folder.
  case folderInUse = 75
  case wrongConfiguration = 78
  case hungUp = 129
  case interrupted = 130
  case terminated = 143

  /// What it means, as the manual page says it.
  var meaning: String {
    switch self {
    case .success: "success"
    case .failed:
      "a check failed, runs regressed or broke a promise, or training diverged: the loss or a gradient is not finite"
    case .wrongCommandLine: "wrong command line"
    case .wrongData: "a data, model or schedule file has wrong content"
    case .noInput: "a file is missing or unreadable"
    case .infeasibleBudget: "the budget is infeasible; the message says the least feasible bytes"
    case .internalError: "internal error"
    case .systemRefusal: "the system refused memory or a thread"
    case .cannotCreateOutput: "an output cannot be created"
    case .inputOutputError: "input/output error, a full disk included"
    case .folderInUse: "another process holds the run's folder"
    case .wrongConfiguration: "wrong configuration"
    case .hungUp: "the terminal has gone away (SIGHUP), state saved first if --output was given"
    case .interrupted: "interrupted by SIGINT, state saved first if --output was given"
    case .terminated: "terminated by SIGTERM, likewise"
    }
  }
}
