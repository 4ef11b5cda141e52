import Checkpointing
import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// A report for people: of a plan with its picture, which fits the terminal, of a run its profile.
private func text(of report: RunReport) -> String {
  guard let details = report.plan else { return profileTable(of: report) }
  let isColoured =
    isTerminal(1) && (environmentVariable("NO_COLOR") ?? "").isEmpty && environmentVariable("TERM") != "dumb"
  return planText(of: report, details, width: terminalWidth(1) ?? 80, colour: isColoured)
}

/// Tells a report where the command line wants it: as a document on standard output, in a file, or as a table.
func publish(_ report: RunReport, _ arguments: ParsedArguments) throws {
  try publish(document(of: report), table: text(of: report), arguments)
}

/// Tells a document where the command line wants it, or what people read in its place.
func publish(
  _ document: @autoclosure () -> JSONValue, table: @autoclosure () -> String, _ arguments: ParsedArguments
) throws {
  try writeReportFile(document(), arguments)
  if arguments.json {
    try tellResult(document().text(.pretty) + "\n")
  } else if !arguments.quiet {
    try tellResult(table())
  }
}

/// Writes a document to the file that the command line names for it, if it does.
func writeReportFile(_ document: @autoclosure () -> JSONValue, _ arguments: ParsedArguments) throws {
  guard let path = arguments.reportPath else { return }
  do throws(SystemCallError) {
    try writeFileWhole(document().bytes(.pretty), toPath: path)
  } catch {
    throw Failure.output(error)
  }
}

/// Writes a result to standard output.
func tellResult(_ text: String) throws {
  do throws(SystemCallError) {
    try writeToStandardOutput(text)
  } catch {
    throw Failure(.inputOutputError, "cannot write to standard output: \(error.reason)")
  }
}

/// Writes a message to standard error, where the result does not depend on it.
func note(_ text: String) {
  // A closed standard error is the wish not to hear.
  try? writeToStandardError(text)
}

/// Finds out before any work is done whether the files that the command is to write can be written, and that none of
/// them is one that it reads or writes otherwise.
///
/// - Parameter others: what it reads beside the files of its command line, with what they are.
func checkOutputFiles(of arguments: ParsedArguments, inputs others: [(name: String, path: String)] = []) throws {
  let outputs = [
    ("--report", arguments.reportPath), ("--trace", arguments.command == .train ? arguments.tracePath : nil),
    ("--output", arguments.command == .gradients ? arguments.outputPath : nil),
  ]
  var inputs: [(String, String?)] = [
    ("--config", arguments.configPath), ("--weights", arguments.weightsPath), ("--suite", arguments.suitePath),
  ]
  if arguments.command == .compare { inputs += arguments.operands.map { ("a report that is compared", $0) } }
  inputs += others.map { ($0.name, $0.path) }
  var known: [FileIdentity: String] = [:]
  // An input that cannot be looked at is told when it is read.
  for (option, path) in inputs {
    if let path, let file = try? FileIdentity(ofPath: path) { known[file] = option }
  }
  for (option, path) in outputs {
    guard let path else { continue }
    let file: FileIdentity?
    do throws(SystemCallError) {
      try checkFileCanBeWritten(atPath: path)
      file = try FileIdentity(ofPath: path)
    } catch {
      throw Failure.output(error)
    }
    if let file, let other = known.updateValue(option, forKey: file) {
      throw UsageError("\(option) names the file of \(other), \(path)")
    }
  }
}

extension ParsedConfiguration {
  /// The files that the configuration names, with what they are.
  var inputFiles: [(name: String, path: String)] {
    var files = configuration.data.source.paths.map { (name: "the data", path: resolvedPath($0)) }
    if case .file(let path) = configuration.checkpoint {
      files.append((name: "the schedule", path: resolvedPath(path)))
    }
    return files
  }
}
