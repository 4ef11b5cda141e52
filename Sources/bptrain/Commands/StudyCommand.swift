import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// `bptrain study`: strategies and budgets over a grid of settings, each measured in processes of its own.
func runStudy(_ arguments: ParsedArguments) throws -> ExitCode {
  guard let outputPath = arguments.outputPath else { throw UsageError("study needs --output PATH") }
  let study =
    arguments.mergedFolders.isEmpty
    ? try measureStudy(arguments, outputPath: outputPath)
    : try mergeStudies(arguments.mergedFolders, into: outputPath)
  try publish(document(of: study), table: studyTable(of: study), arguments)
  if !arguments.quiet {
    try writeToStandardError(
      "the report is in \(outputPath)/report.html, the figures in \(outputPath)/study.csv and study.json\n")
  }
  return study.violations.isEmpty ? .success : .failed
}

private func measureStudy(_ arguments: ParsedArguments, outputPath: String) throws -> StudyResult {
  let request = try StudyRequest(arguments)
  let signals = try SignalWatcher()
  var runner = try StudyRunner(
    request, folder: StudyFolder(path: outputPath), measuresAgain: arguments.again, status: StatusLine(for: arguments),
    signals: signals)
  if let notice = runner.notice, !arguments.quiet { note("bptrain: \(notice)\n") }
  signals.attend()
  try runner.measureAll()
  return runner.result
}
