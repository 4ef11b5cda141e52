import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

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
      try writeToStandardOutput(profileTable(of: report))
    }
  } catch {
    throw Failure(.inputOutputError, "cannot write to standard output: \(error.reason)")
  }
}
