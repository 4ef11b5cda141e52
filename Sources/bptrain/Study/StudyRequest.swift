import Checkpointing
import CommandLineInterface
import Configuration
import Reporting
import SystemCalls
import Training

/// What a command line asks a study to measure: every point, each with the arguments of its process.
struct StudyRequest {
  /// A point and how it is measured.
  struct Entry {
    var point: StudyPoint
    let configPath: String
    /// For `bptrain train`, the configuration and its changes; what every run has in common is left out.
    let arguments: [String]
  }

  /// What is measured: a study of a configuration, or a suite of several.
  let kind: StudyKind
  let resolvedConfiguration: JSONValue
  let conditions: StudyConditions
  let shard: StudyShard?
  /// Of the whole study.
  let key: String
  /// Of this shard.
  let entries: [Entry]
  /// What the measurements depend on beside the program.
  let files: StudyFiles

  /// The strategies of a study that names none.
  private static let standardStrategies: [Strategy] = [.none, .sqrt, .every(2), .recursive, .optimal]
  /// The budgets of `optimal` where none is named, in percent of keep-all.
  private static let standardBudgets: [ByteSize] = [80, 65, 50, 40, 30, 20, 15].map { .percent($0) } + [.minimum]

  /// Reads the configuration at every combination of the grid, so that a mistake is told before anything is measured.
  init(_ arguments: ParsedArguments) throws {
    let base = try readConfiguration(of: arguments)
    guard let configPath = arguments.configPath else { throw UsageError("study needs --config F") }
    if let budget = arguments.overrides.first(where: { ["activationBudget", "memoryBudget"].contains($0.path) }) {
      throw UsageError(
        "--set \(budget.path) would hold for no point: --activation-budget gives the budgets of optimal, and --grid "
          + "\(budget.path)=... budgets of all strategies")
    }
    if arguments.overrides.contains(where: { $0.path == "checkpoint" }) {
      throw UsageError("--set checkpoint would hold for no point: --checkpoint gives the strategies of a study")
    }
    if let both = arguments.overrides.first(where: { change in arguments.grid.contains { $0.path == change.path } }) {
      throw UsageError("\(both.source) and --grid \(both.path)=... both give values; leave out one of them")
    }
    kind = .study
    resolvedConfiguration = base.resolved
    let iterations = arguments.iterations ?? 10
    conditions = StudyConditions(
      iterations: iterations, warmup: min(arguments.warmup ?? 2, iterations - 1), repeats: arguments.repeats ?? 3)
    let bytes = try configurationBytes(atPath: configPath)
    var entries: [Entry] = []
    var files = StudyFiles()
    for settings in combinations(of: arguments.grid.map { ($0.path, $0.values) }) {
      for (strategy, budget) in try StudyRequest.measured(arguments) {
        entries.append(
          try StudyRequest.entry(
            strategy, budget, settings, configPath: configPath, bytes: bytes, overrides: arguments.overrides,
            base: base.configuration, conditions: conditions, files: &files))
      }
    }
    self.files = files
    key = digest(of: entries.map(\.point.key).joined(separator: "\n"))
    guard Set(entries.map(\.point.key)).count == entries.count else {
      throw UsageError("two points of the study are the same; give each strategy, budget and value of the grid once")
    }
    shard = arguments.shard.flatMap { StudyShard(parsing: $0) }
    if let text = arguments.shard, shard == nil {
      throw UsageError("--shard needs i/n with i from 1 to n, found \"\(text)\"")
    }
    let shard = shard
    self.entries = entries.enumerated().filter { shard?.contains($0.offset) ?? true }.map(\.element)
  }

  /// A suite of several configurations.
  ///
  /// - Precondition: the points' keys differ.
  init(suite: JSONValue, conditions: StudyConditions, entries: [Entry], files: StudyFiles) {
    kind = .suite
    self.files = files
    resolvedConfiguration = suite
    self.conditions = conditions
    shard = nil
    key = digest(of: entries.map(\.point.key).joined(separator: "\n"))
    self.entries = entries
  }

  private static func measured(_ arguments: ParsedArguments) throws -> [(Strategy, ByteSize?)] {
    let strategies = arguments.strategies.isEmpty ? standardStrategies : arguments.strategies
    guard arguments.budgets.isEmpty || strategies.contains(.optimal) else {
      throw UsageError(
        "--activation-budget gives the budgets of optimal, which --checkpoint does not name; add it there")
    }
    guard arguments.grid.contains(where: { $0.path == "activationBudget" }) else {
      return points(strategies, arguments.budgets.isEmpty ? standardBudgets : arguments.budgets)
    }
    guard arguments.budgets.isEmpty else {
      throw UsageError("--activation-budget and --grid activationBudget=... both give budgets; leave out one of them")
    }
    return points(strategies, [])
  }

  /// Strategies, `optimal` once for each budget; no budget is any other's.
  static func points(_ strategies: [Strategy], _ budgets: [ByteSize]) -> [(Strategy, ByteSize?)] {
    strategies.flatMap { strategy in
      strategy == .optimal && !budgets.isEmpty ? budgets.map { (strategy, $0) } : [(strategy, nil)]
    }
  }

  /// A point of a configuration.
  ///
  /// - Parameters:
  ///   - bytes: of the configuration's file.
  ///   - overrides: changes that the settings come after.
  ///   - files: comes to know the files that are read.
  ///   - keepsBudgets: whether the configuration's own budgets hold.
  /// - Throws: `Failure`, 66 where a file cannot be read, 78 of a mistake in the configuration.
  static func entry(
    _ strategy: Strategy, _ budget: ByteSize?, _ settings: [StudyPoint.Setting], configPath: String, bytes: [UInt8],
    overrides: [CommandLineInterface.ConfigurationOverride], base: TrainingConfiguration, conditions: StudyConditions,
    files: inout StudyFiles, keepsBudgets: Bool = false
  ) throws -> Entry {
    var changes: [CommandLineInterface.ConfigurationOverride] = []
    // A budget of the configuration's file is that of no point; what is changed in it comes afterwards.
    if !keepsBudgets {
      for (path, isSet) in [
        ("activationBudget", budget == nil && base.activationBudget != nil), ("memoryBudget", base.memoryBudget != nil),
      ] where isSet {
        changes.append(CommandLineInterface.ConfigurationOverride(path: path, value: "null", source: "study"))
      }
    }
    changes += overrides
    for setting in settings {
      changes.append(
        CommandLineInterface.ConfigurationOverride(
          path: setting.path, value: setting.value, source: "--grid \(setting.path)=\(setting.value)"))
    }
    var words = changes.flatMap { ["--set", "\($0.path)=\($0.value)"] }
    words += ["--checkpoint", strategy.description]
    changes.append(
      CommandLineInterface.ConfigurationOverride(
        path: "checkpoint", value: strategy.description, source: "--checkpoint"))
    if let budget {
      words += ["--activation-budget", budget.description]
      changes.append(
        CommandLineInterface.ConfigurationOverride(
          path: "activationBudget", value: budget.description, source: "--activation-budget"))
    }
    let parsed = try readConfiguration(
      bytes: bytes, fileName: configPath, overrides: changes.map { try $0.configurationOverride() })
    let identity =
      [programVersion, parsed.resolved.text(.compact), "\(conditions.iterations)", "\(conditions.warmup)"]
      + (try files.identity(of: parsed))
    return Entry(
      point: StudyPoint(
        settings: settings, strategy: strategy.description, budget: budget?.spelling,
        key: digest(of: identity.joined(separator: "\n"))),
      configPath: configPath, arguments: words)
  }
}

extension ByteSize {
  /// As users write it: bytes in the largest unit that divides them.
  fileprivate var spelling: String {
    guard case .bytes(let bytes) = self, bytes > 0 else { return description }
    let units = ["", "KiB", "MiB", "GiB", "TiB"]
    var (count, unit) = (bytes, 0)
    while count.isMultiple(of: 1024), unit + 1 < units.count {
      count /= 1024
      unit += 1
    }
    return "\(count)\(units[unit])"
  }
}

/// The first 16 hexadecimal digits of the text's SHA-256 over its UTF-8 bytes and their number.
func digest(of text: String) -> String {
  var hash = SHA256()
  var word: UInt32 = 0
  var count: UInt32 = 0
  for byte in text.utf8 {
    word = word << 8 | UInt32(byte)
    count += 1
    if count.isMultiple(of: 4) { hash.update(word) }
  }
  hash.update(word)
  hash.update(count)
  let words = hash.finish()
  return (0..<2).map { index in
    let digits = String(words[index], radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
  .joined()
}
