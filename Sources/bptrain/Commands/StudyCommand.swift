import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// `bptrain study`: strategies and budgets over a grid of settings, each measured in processes of its own.
func runStudy(_ arguments: ParsedArguments) throws -> ExitCode {
  guard let outputPath = arguments.outputPath else { throw UsageError("study needs --output PATH") }
  if !arguments.mergedFolders.isEmpty { try checkMergesAlone(arguments) }
  let study =
    arguments.mergedFolders.isEmpty
    ? try measureStudy(arguments, outputPath: outputPath)
    : try mergeStudies(arguments.mergedFolders, into: outputPath)
  try publish(document(of: study), table: studyTable(of: study), arguments)
  if !arguments.quiet {
    note(
      "the report is in \(outputPath)/report.html, the figures in \(outputPath)/study.csv and study.json\n")
  }
  tellFailures(of: study, arguments)
  return study.holds ? .success : .failed
}

/// Tells what is wrong on standard error, where no table does.
func tellFailures(of study: StudyResult, _ arguments: ParsedArguments) {
  guard arguments.quiet || arguments.json else { return }
  for sentence in study.violations { note("bptrain: WRONG: \(sentence)\n") }
  for row in study.rows where row.status == .failed {
    note("bptrain: \(row.point.label) failed: \(row.message ?? "")\n")
  }
}

/// Folders that are put together hold all that a study is asked for otherwise.
private func checkMergesAlone(_ arguments: ParsedArguments) throws {
  let given: [(option: String, isGiven: Bool)] = [
    ("--config", arguments.configPath != nil), ("--set", !arguments.overrides.isEmpty),
    ("--checkpoint", !arguments.strategies.isEmpty), ("--activation-budget", !arguments.budgets.isEmpty),
    ("--grid", !arguments.grid.isEmpty), ("--iterations", arguments.iterations != nil),
    ("--warmup", arguments.warmup != nil), ("--repeats", arguments.repeats != nil),
    ("--shard", arguments.shard != nil), ("--again", arguments.again),
  ]
  if let first = given.first(where: \.isGiven) {
    throw UsageError("\(first.option) does not go with --merge, which measures nothing")
  }
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
