import ArenaMemory
import Configuration
import Reporting
import SystemCalls
import Training

/// The folder of `--output`: weights, resolved configuration, report and history, each of which appears whole or not at
/// all. One process uses it at a time.
final class OutputFolder: Sendable {
  private let path: String
  private let lock: FolderLock

  /// Makes the folder and finds out whether a run's files can be written there.
  init(path: String) throws {
    self.path = path
    do throws(SystemCallError) {
      try createFolder(atPath: path)
    } catch {
      throw Failure.output(error)
    }
    lock = try FolderLock(folder: path)
    do throws(SystemCallError) {
      for file in File.allCases { try checkFileCanBeWritten(atPath: self.path(of: file)) }
    } catch {
      throw Failure.output(error)
    }
  }

  private enum File: String, CaseIterable {
    case weights = "weights.safetensors"
    case configuration = "config.json"
    case history = "history.jsonl"
    case report = "report.json"
  }

  private func path(of file: File) -> String { "\(path)/\(file.rawValue)" }

  /// Writes the weights as they are and the configuration: what a run can start from.
  func save<Element>(_ run: PreparedRun<Element>, _ session: NetworkSession<Element>) throws {
    do throws(SystemCallError) {
      try session.storage.writeWeights(
        toPath: path(of: .weights), metadata: run.samples.standardization?.metadata ?? [:])
      let configuration = run.parsed.resolvedAnywhere(from: try currentFolder())
      try writeFileWhole(configuration.bytes(.pretty), toPath: path(of: .configuration))
    } catch {
      throw Failure.output(error)
    }
  }

  func write(_ report: RunReport) throws {
    do throws(SystemCallError) {
      try writeFileWhole(
        Array(historyLines(report.training?.epochs ?? []).utf8), toPath: path(of: .history))
      try writeFileWhole(document(of: report).bytes(.pretty), toPath: path(of: .report))
    } catch {
      throw Failure.output(error)
    }
  }
}
