import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

let programVersion = "0.1.0"

/// Carries out a command line and tells what went wrong, as a sentence or as the document that `--json` asks for.
func run(_ words: [String]) -> ExitCode {
  do {
    try ignoreBrokenPipes()
    let arguments = try parseArguments(words)
    if arguments.wantsVersion {
      try writeToStandardOutput("bptrain \(programVersion)\n")
    } else {
      switch arguments.command {
      case .train: try runTraining(arguments)
      case .plan: try runPlan(arguments)
      case .gradients: try runGradients(arguments)
      case .schema: try writeToStandardOutput(configurationSchema().text(.pretty) + "\n")
      case .help: try writeToStandardOutput(helpText(for: arguments.helpTopic))
      }
    }
    return .success
  } catch {
    let failure = Failure(error)
    tell(failure, asDocument: words.contains("--json"))
    return failure.code
  }
}

private func tell(_ failure: Failure, asDocument: Bool) {
  do throws(SystemCallError) {
    try writeToStandardError("bptrain: \(failure.message)\n")
    guard asDocument else { return }
    let document = errorDocument(
      code: Int(failure.code.rawValue), message: failure.message, minimumFeasibleBytes: failure.minimumFeasibleBytes)
    try writeToStandardOutput(document.text(.pretty) + "\n")
  } catch {
    // Nobody can be told: the exit code still says what happened.
    return
  }
}
