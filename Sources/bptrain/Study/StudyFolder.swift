import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// What a folder of runs is of.
enum StudyKind {
  case study
  case suite
}

/// The folder of a study: a file for each run, which is never measured again, and the results of all.
///
/// ```
/// DIR/runs/KEY-ROUND.json     what one process measured
/// DIR/runs/origin.json        what the runs were made of
/// DIR/runs/KEY-plan.json      the plan of a point, for the report's drawings
/// DIR/study.json  study.csv  report.html      of a suite: bench.json  google-benchmark.json
/// ```
///
/// Every file appears whole or not at all, so that a study that was killed goes on from what stands here.
struct StudyFolder: ~Copyable {
  let path: String
  private let lock: FolderLock

  init(path: String) throws {
    self.path = path
    do throws(SystemCallError) {
      try createFolder(atPath: "\(path)/runs")
    } catch {
      throw Failure.output(error)
    }
    lock = try FolderLock(folder: path)
  }

  /// The run of a point in a round; nil where it has not been made, or failed in a way that another try may not.
  func run(key: String, round: Int) throws -> StudyRun? {
    let run = try readStudyRun(atPath: "\(path)/runs/\(StudyRun.fileName(key: key, round: round))")
    return run?.status == .failed ? nil : run
  }

  func save(_ run: StudyRun) throws {
    try write(run.document.bytes(.compact), to: "runs/\(run.fileName)")
  }

  /// What the runs that stand here were made of; nil where there are none.
  func origin() throws -> StudyOrigin? {
    let remedy = "remove it, and it is written again"
    guard let document = try readDocument(atPath: originPath, remedy: remedy) else { return nil }
    guard let origin = StudyOrigin(document: document) else {
      throw Failure(.wrongData, "\(originPath) does not say what a study was made of; \(remedy)")
    }
    return origin
  }

  func save(_ origin: StudyOrigin) throws { try write(origin.document.bytes(.compact), to: "runs/origin.json") }

  private var originPath: String { "\(path)/runs/origin.json" }

  /// The document of a point's plan, as far as the report shows it; nil where it has not been made.
  func plan(key: String) throws -> JSONValue? {
    try readDocument(atPath: "\(path)/runs/\(key)-plan.json", remedy: "remove it, and it is made again")
  }

  func savePlan(_ document: JSONValue, key: String) throws {
    try write(document.bytes(.compact), to: "runs/\(key)-plan.json")
  }

  /// Writes the results as they stand.
  func write(_ study: StudyResult, plans: [String: JSONValue], as kind: StudyKind) throws {
    switch kind {
    case .study:
      try write(Array(studyCSV(of: study).utf8), to: "study.csv")
      try write(document(of: study).bytes(.pretty), to: "study.json")
      try write(Array(studyPage(of: study, plans: plans).utf8), to: "report.html")
    case .suite:
      try write(document(of: study, command: "bench").bytes(.pretty), to: "bench.json")
      try write(googleBenchmarkDocument(of: study, try hostFacts()).bytes(.pretty), to: "google-benchmark.json")
    }
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    do throws(SystemCallError) {
      try writeFileWhole(bytes, toPath: "\(path)/\(name)")
    } catch {
      throw Failure.output(error)
    }
  }
}

/// A run's file; nil where there is none.
///
/// - Throws: `Failure`, 65 of a file that is no run.
func readStudyRun(atPath path: String) throws -> StudyRun? {
  let remedy = "remove it, and it is measured again"
  guard let document = try readDocument(atPath: path, remedy: remedy) else { return nil }
  guard let run = StudyRun(document: document) else {
    throw Failure(.wrongData, "\(path) is no run of a study; \(remedy)")
  }
  return run
}

/// A JSON file that may not be there.
///
/// - Parameter remedy: what helps where it is not JSON.
/// - Throws: `Failure`, 66 of a file that cannot be read, 65 of one that is not JSON.
func readDocument(atPath path: String, remedy: String? = nil) throws -> JSONValue? {
  let bytes: [UInt8]
  do throws(SystemCallError) {
    guard try fileExists(atPath: path) else { return nil }
    bytes = try readFile(atPath: path)
  } catch {
    throw Failure.input(error)
  }
  do throws(ConfigurationErrors) {
    return try JSONValue(parsing: bytes, fileName: path)
  } catch {
    throw Failure(.wrongData, remedy.map { "\(path) is damaged; \($0)" } ?? error.description)
  }
}
