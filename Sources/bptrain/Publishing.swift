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
      try writeToStandardOutput(profileTable(of: report, width: outputWidth, style: outputStyle))
    }
  } catch {
    throw Failure(.inputOutputError, "cannot write to standard output: \(error.reason)")
  }
}

/// Columns of standard output: the terminal's, else 80.
private var outputWidth: Int { min(max(terminalWidth(1) ?? 80, 60), 200) }

private var outputStyle: TextStyle { isStyled(descriptor: 1) ? .styled : .plain }

/// Whether a descriptor is a terminal that shows colours.
func isStyled(descriptor: Int32) -> Bool {
  isTerminal(descriptor) && environmentVariable("NO_COLOR") == nil && environmentVariable("TERM") != "dumb"
}
