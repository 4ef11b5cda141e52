import CommandLineInterface
import SystemCalls

/// Takes SIGINT, SIGTERM and SIGHUP as values. As long as nobody attends to them they end the program at once with a
/// sentence, and with the document that `--json` asks for.
func watchSignals(_ arguments: ParsedArguments, sayingAtOnce sentence: String) throws -> SignalWatcher {
  try SignalWatcher { interrupt in
    tell(Failure(exitCode(of: interrupt), sentence), asDocument: arguments.json)
  }
}

func exitCode(of interrupt: Interrupt) -> ExitCode {
  switch interrupt {
  case .hangUp: .hungUp
  case .interrupt: .interrupted
  case .terminate: .terminated
  }
}
