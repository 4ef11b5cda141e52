import CommandLineInterface
import Reporting
import SystemCalls

/// `bptrain bench`: the configurations and strategies of a suite, each measured in processes of its own.
func runBench(_ arguments: ParsedArguments) throws -> ExitCode {
  guard let suitePath = arguments.suitePath, let outputPath = arguments.outputPath else {
    throw UsageError("bench needs --suite FILE and --output PATH")
  }
  let suite = try BenchSuite(path: suitePath, arguments)
  let signals = try SignalWatcher()
  var runner = try StudyRunner(
    StudyRequest(suite: suite.document, conditions: suite.conditions, entries: suite.entries, files: suite.files),
    folder: StudyFolder(path: outputPath), measuresAgain: arguments.again, status: StatusLine(for: arguments),
    signals: signals)
  if let notice = runner.notice, !arguments.quiet { note("bptrain: \(notice)\n") }
  if !runner.isComplete, !arguments.quiet { note("one run to warm up, which counts for nothing, and then the suite\n") }
  signals.attend()
  try runner.measureAll()
  let result = runner.result
  try publish(document(of: result, command: "bench"), table: studyTable(of: result), arguments)
  if !arguments.quiet {
    note("the figures are in \(outputPath)/bench.json and google-benchmark.json\n")
  }
  tellFailures(of: result, arguments)
  return result.holds ? .success : .failed
}

/// Where and when a suite was measured.
func hostFacts() throws -> HostFacts {
  HostFacts(
    name: try hostName(), date: utcText(ofSeconds: wallClockSeconds()), executable: ownExecutablePath,
    loadAverages: loadAverages())
}
