/// How the program ends; scripts depend on these numbers.
enum ExitCode: Int32 {
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
  case interrupted = 130
  case terminated = 143
}
