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
  if let path = arguments.reportPath {
    do throws(SystemCallError) {
      try writeFileWhole(document(of: report).bytes(.pretty), toPath: path)
    } catch {
      throw Failure.output(error)
    }
  }
  do throws(SystemCallError) {
    if arguments.json {
      try writeToStandardOutput(document(of: report).text(.pretty) + "\n")
    } else if !arguments.quiet {
      try writeToStandardOutput(text(of: report))
    }
  } catch {
    throw Failure(.inputOutputError, "cannot write to standard output: \(error.reason)")
  }
}
