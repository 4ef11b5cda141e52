import Checkpointing
import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// A suite file: configurations and the strategies to measure them under.
///
/// ```json5
/// {
///   "repeats": 3, "iterations": 12, "warmup": 2,
///   "benchmarks": [
///     { "name": "deep", "config": "deep.json", "checkpoint": ["none", "sqrt", "optimal"],
///       "activationBudget": ["40%", "20%"], "set": { "training.batchSize": 64 } }
///   ]
/// }
/// ```
///
/// Paths are relative to the suite's folder. `activationBudget` is for `optimal`, once for each. Without either, the
/// configuration is measured as it is. Comments are allowed.
struct BenchSuite {
  let document: JSONValue
  let conditions: StudyConditions
  let entries: [StudyRequest.Entry]
  let files: StudyFiles

  private static let limits = (repeats: Limits.repeats, iterations: 1...1_000_000_000)

  /// Reads a suite and every configuration that it names, so that a mistake is told before anything is measured.
  ///
  /// - Throws: `Failure`, 66 where a file cannot be read, 78 of what is wrong in it.
  init(path: String, _ arguments: ParsedArguments) throws {
    document = try JSONValue(parsing: configurationBytes(atPath: path), fileName: path)
    let reader = SuiteReader(path: path)
    try reader.check(document, at: "", has: ["$schema", "name", "repeats", "iterations", "warmup", "benchmarks"])
    let iterations =
      try arguments.iterations ?? reader.integer(document, "iterations", in: Self.limits.iterations) ?? 12
    let warmup =
      try arguments.warmup ?? reader.integer(document, "warmup", in: 0...Self.limits.iterations.upperBound) ?? 2
    conditions = StudyConditions(
      iterations: iterations, warmup: min(warmup, iterations - 1),
      repeats: try arguments.repeats ?? reader.integer(document, "repeats", in: Self.limits.repeats) ?? 3)
    guard let benchmarks = document["benchmarks"]?.elements, !benchmarks.isEmpty else {
      throw reader.failure("benchmarks", "needs a list of at least one benchmark")
    }
    var entries: [StudyRequest.Entry] = []
    var files = StudyFiles()
    var names: Set<String> = []
    for (index, benchmark) in benchmarks.enumerated() {
      entries += try reader.entries(
        benchmark, at: "benchmarks[\(index)]", conditions: conditions, names: &names, files: &files)
    }
    self.files = files
    guard Set(entries.map(\.point.key)).count == entries.count else {
      throw reader.failure("benchmarks", "has the same strategy or budget twice under one name")
    }
    self.entries = entries
  }
}

/// Reads a suite's parts, strictly.
private struct SuiteReader {
  let path: String

  func failure(_ place: String, _ problem: String) -> Failure {
    Failure(.wrongConfiguration, "\(path): \(place.isEmpty ? "" : "\(place) ")\(problem)")
  }

  func check(_ value: JSONValue, at place: String, has known: [String]) throws {
    guard let members = value.members else { throw failure(place, "needs an object") }
    for member in members where !known.contains(member.name) {
      throw failure(place, "has the unknown key \"\(member.name)\"; known are \(known.joined(separator: ", "))")
    }
  }

  func integer(_ value: JSONValue, _ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let member = value[name] else { return nil }
    guard let integer = member.integerValue, range.contains(integer) else {
      throw failure(
        name, "needs a whole number from \(range.lowerBound) to \(range.upperBound), found \(member.text(.compact))")
    }
    return integer
  }

  func entries(
    _ benchmark: JSONValue, at place: String, conditions: StudyConditions, names: inout Set<String>,
    files: inout StudyFiles
  ) throws -> [StudyRequest.Entry] {
    try check(benchmark, at: place, has: ["name", "config", "checkpoint", "activationBudget", "set"])
    guard let config = benchmark["config"]?.stringValue, !config.isEmpty else {
      throw failure("\(place).config", "needs the path of a configuration")
    }
    let configPath = besideSuite(config)
    let bytes = try configurationBytes(atPath: configPath)
    let overrides = try (benchmark["set"].map { try members($0, at: "\(place).set") } ?? []).map { member in
      CommandLineInterface.ConfigurationOverride(
        path: member.name, value: member.value.text(.compact),
        source: "\(path): \(place).set.\(member.name)")
    }
    let base = try readConfiguration(
      bytes: bytes, fileName: configPath, overrides: overrides.map { try $0.configurationOverride() })
    let name = try text(benchmark, "name", at: place) ?? base.resolved["name"]?.stringValue ?? config
    guard names.insert(name).inserted else {
      throw failure(
        "\(place).name", "is \"\(name)\", which another benchmark has; times are compared by name, give each its own")
    }
    let strategies = try texts(benchmark, "checkpoint", at: place).map { text in
      do throws(StrategyError) {
        return try Strategy(parsing: text)
      } catch {
        throw failure("\(place).checkpoint", "has \"\(text)\"; allowed is \(error.allowed)")
      }
    }
    let budgets = try texts(benchmark, "activationBudget", at: place).map { text in
      guard let size = ByteSize(parsing: text) else {
        throw failure(
          "\(place).activationBudget", "needs sizes such as 4096, 96MiB, 1.5GB, 40% or min, found \"\(text)\"")
      }
      return size
    }
    // A schedule file lies beside the file that names it.
    let measured =
      strategies.isEmpty
      ? [located(base.configuration.checkpoint, base.resolvedPath)] : strategies.map { located($0, besideSuite) }
    for (key, isGiven) in [("checkpoint", !strategies.isEmpty), ("activationBudget", !budgets.isEmpty)] where isGiven {
      if overrides.contains(where: { $0.path == key }) {
        throw failure("\(place).set", "has \(key), which the benchmark itself gives; leave out one of them")
      }
    }
    guard budgets.isEmpty || measured.contains(.optimal) else {
      throw failure("\(place).activationBudget", "gives the budgets of optimal, which its checkpoint does not name")
    }
    return try StudyRequest.points(measured, budgets).map {
      var entry = try StudyRequest.entry(
        $0, $1, [], configPath: configPath, bytes: bytes, overrides: overrides, base: base.configuration,
        conditions: conditions, files: &files, keepsBudgets: strategies.isEmpty && budgets.isEmpty)
      entry.point.settings = [StudyPoint.Setting(path: "benchmark", value: name)]
      entry.point.key = digest(of: "\(name)\n\(entry.point.key)")
      return entry
    }
  }

  /// A path that the suite names: relative ones begin in its folder.
  private func besideSuite(_ named: String) -> String {
    guard !named.hasPrefix("/") else { return named }
    let folder = path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    return "\(folder)/\(named)"
  }

  /// The strategy with its schedule file, if it has one, as the user's folder sees it.
  private func located(_ strategy: Strategy, _ path: (String) -> String) -> Strategy {
    guard case .file(let named) = strategy else { return strategy }
    return .file(path(named))
  }

  private func members(_ value: JSONValue, at place: String) throws -> [JSONMember] {
    guard let members = value.members else { throw failure(place, "needs an object of key paths and values") }
    return members
  }

  /// A text that can stand in a line of a table.
  private func text(_ value: JSONValue, _ name: String, at place: String) throws -> String? {
    guard let member = value[name] else { return nil }
    guard let text = member.stringValue, !text.isEmpty,
      text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else { throw failure("\(place).\(name)", "needs a text of one line, found \(member.text(.compact))") }
    return text
  }

  /// A text, or a list of texts.
  private func texts(_ value: JSONValue, _ name: String, at place: String) throws -> [String] {
    guard let member = value[name] else { return [] }
    let texts = (member.elements ?? [member]).map { $0.stringValue ?? $0.integerValue.map { "\($0)" } }
    guard !texts.contains(nil) else {
      throw failure("\(place).\(name)", "needs a text or a list of texts, found \(member.text(.compact))")
    }
    return texts.compactMap(\.self)
  }
}
