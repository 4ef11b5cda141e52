import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// `bptrain compare`: two reports side by side; a regression past `--threshold` is exit code 1.
func runCompare(_ arguments: ParsedArguments) throws -> ExitCode {
  let paths = arguments.operands
  let documents = try paths.map { try readReport(atPath: $0) }
  let comparison = try ReportComparison(documents[0], documents[1], threshold: arguments.threshold)
  try publish(
    document(of: comparison, version: programVersion),
    table: comparisonTable(of: comparison, names: (paths[0], paths[1])), arguments)
  return comparison.regressions.isEmpty ? .success : .failed
}

/// Reads a report that an earlier run wrote.
///
/// - Throws: `Failure`, 66 where the file cannot be read, 65 where it is no report.
func readReport(atPath path: String) throws -> JSONValue {
  let bytes: [UInt8]
  do throws(SystemCallError) {
    bytes = try readFile(atPath: path)
  } catch {
    throw Failure.input(error)
  }
  let document: JSONValue
  do throws(ConfigurationErrors) {
    document = try JSONValue(parsing: bytes, fileName: path)
  } catch {
    throw Failure(.wrongData, error.description)
  }
  do throws(ReportDocumentError) {
    try ReportComparison.check(document)
  } catch {
    throw Failure(.wrongData, "\(path) \(error.description)")
  }
  return document
}
