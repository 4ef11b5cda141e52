import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// Goes through the rounds of a study, one process after the other.
struct StudyRunner: ~Copyable {
  let request: StudyRequest
  private let folder: StudyFolder
  private let status: StatusLine
  private let signals: SignalWatcher
  private var runs: [[StudyRun]]
  private var plans: [String: JSONValue] = [:]
  /// That the folder's runs are of something else, as a sentence; nil where they are not.
  private(set) var notice: String?

  /// Takes the folder and what it holds of this study.
  ///
  /// - Parameter measuresAgain: whether runs that are there already are made anew.
  init(
    _ request: StudyRequest, folder: consuming StudyFolder, measuresAgain: Bool, status: StatusLine,
    signals: SignalWatcher
  ) throws {
    self.request = request
    self.status = status
    self.signals = signals
    runs = []
    let machine = try MachineIdentity.current()
    var foreignCount = 0
    for entry in request.entries {
      var known: [StudyRun] = []
      for round in 0..<request.conditions.repeats where !measuresAgain {
        guard let run = try folder.run(key: entry.point.key, round: round) else { continue }
        if machine.mayHaveMade(run) { known.append(run) } else { foreignCount += 1 }
      }
      runs.append(known)
      if !measuresAgain, let plan = try folder.plan(key: entry.point.key) { plans[entry.point.key] = plan }
    }
    notice = try StudyRunner.takeOver(folder, for: request)
    if foreignCount > 0, notice == nil {
      notice =
        "\(folder.path) has \(foreignCount) run\(foreignCount == 1 ? "" : "s") made on another kind of machine or with "
        + "other kernels, left out here"
    }
    self.folder = folder
  }

  /// Notes what the folder's runs are made of from now on.
  ///
  /// - Returns: that those which stand there are of something else, as a sentence; nil where they are not.
  private static func takeOver(_ folder: borrowing StudyFolder, for request: StudyRequest) throws -> String? {
    let origin = StudyOrigin(of: request, version: programVersion)
    let earlier = try folder.origin()
    try folder.save(origin.adding(to: earlier))
    guard let earlier, let difference = origin.difference(from: earlier) else { return nil }
    return "\(difference) since \(folder.path) was measured: its runs of before are left out"
  }

  /// What is known so far.
  var result: StudyResult {
    let rows = zip(request.entries, runs).map { entry, runs in
      StudyRow(point: entry.point, runs: runs, repeats: request.conditions.repeats)
    }
    let machine = rows.lazy.compactMap { $0.value("machine") }.first ?? .null
    return StudyResult(
      version: programVersion, machine: machine, configuration: request.resolvedConfiguration,
      conditions: request.conditions, shard: request.shard, key: request.key, rows: rows)
  }

  /// Whether every run has been made.
  var isComplete: Bool { firstMissing == nil }

  /// The first point of which a run is missing.
  private var firstMissing: Int? {
    let rounds = 0..<request.conditions.repeats
    return request.entries.indices.first { index in rounds.contains { isMissing(index, round: $0) } }
  }

  /// Makes every run that is missing, round after round, and writes the results after each round.
  ///
  /// - Throws: `Failure` where it is interrupted, after the results have been written.
  mutating func measureAll() throws {
    do {
      if request.kind == .suite { try warmUp() }
      for round in 0..<request.conditions.repeats {
        for index in order(ofRound: round, pointCount: request.entries.count) {
          try measure(index, round: round)
        }
        try folder.write(result, plans: plans, as: request.kind)
      }
    } catch let interruption as StudyInterruption {
      status.finish()
      try folder.write(result, plans: plans, as: request.kind)
      let made = runs.reduce(0) { $0 + $1.count }
      throw Failure(
        exitCode(of: interruption.signal),
        "interrupted; \(counted(made, "run")) \(made == 1 ? "is" : "are") kept in \(folder.path), and the same command "
          + "goes on from there")
    }
    status.finish()
  }

  /// One run of the first point that is missing, which counts for nothing: the first process finds files that are not
  /// in memory, costs that were not measured and a processor that has rested.
  private func warmUp() throws {
    guard let index = firstMissing else { return }
    _ = try startTraining(of: request.entries[index], round: 0)
  }

  private func isMissing(_ index: Int, round: Int) -> Bool {
    runs[index].allSatisfy { $0.status == .measured && $0.round != round }
  }

  private mutating func measure(_ index: Int, round: Int) throws {
    let entry = request.entries[index]
    guard isMissing(index, round: round) else { return }
    if request.kind == .study, plans[entry.point.key] == nil {
      let planned = try start(["plan"], of: entry, round: round)
      if planned.exitCode == 0 {
        let trimmed = trimmedPlan(planned.report)
        try folder.savePlan(trimmed, key: entry.point.key)
        plans[entry.point.key] = trimmed
      }
    }
    var run = try startTraining(of: entry, round: round)
    if let path = try request.files.firstChanged() {
      status.finish()
      throw Failure(
        .wrongData,
        "\(path) has changed while it was measured; the last run is not kept, and the same command measures what the "
          + "file holds now")
    }
    run.key = entry.point.key
    run.round = round
    try folder.save(run)
    runs[index].append(run)
  }

  // MARK: One process

  private func startTraining(of entry: StudyRequest.Entry, round: Int) throws -> StudyRun {
    let conditions = request.conditions
    return try start(
      ["train", "--iterations", "\(conditions.iterations)", "--warmup", "\(conditions.warmup)"], of: entry, round: round
    )
  }

  private func start(_ words: [String], of entry: StudyRequest.Entry, round: Int) throws -> StudyRun {
    let (outputPath, errorPath) = ("\(folder.path)/runs/.output", "\(folder.path)/runs/.errors")
    let begin = monotonicNanoseconds()
    var child = try ChildProcess(
      executable: ownExecutablePath,
      arguments: words + ["--config", entry.configPath] + entry.arguments + ["--json", "--progress", "none"],
      environment: [endsWithParentVariable: "1"], outputPath: outputPath, errorPath: errorPath)
    var end: ChildEnd?
    while end == nil {
      if let signal = signals.pendingInterrupt {
        child.terminate()
        throw StudyInterruption(signal: signal)
      }
      status.show(progressText(label: entry.point.label, round: round))
      sleep(seconds: 0.01)
      end = try child.end()
    }
    let exitCode = Int(end?.exitCode ?? 70)
    if let signal = Interrupt(rawValue: Int32(clamping: exitCode - 128)) { throw StudyInterruption(signal: signal) }
    return StudyRun(
      key: "", round: 0, exitCode: exitCode,
      wallSeconds: Double(monotonicNanoseconds() - begin) * 1e-9,
      report: try report(ofExitCode: exitCode, outputPath: outputPath, errorPath: errorPath))
  }

  /// What the process wrote: its document, or its last words where it did not come to one.
  ///
  /// - Throws: `Failure` where it succeeded without a document.
  private func report(ofExitCode exitCode: Int, outputPath: String, errorPath: String) throws -> JSONValue {
    do {
      let output = try readFile(atPath: outputPath)
      let errors = String(decoding: try readFile(atPath: errorPath), as: UTF8.self)
      if !output.isEmpty, let document = try? JSONValue(parsing: output, fileName: outputPath) { return document }
      guard exitCode != 0 else {
        throw Failure(.internalError, "a run ended well and wrote no report; its output is in \(outputPath)")
      }
      let ending = exitCode > 128 ? "signal \(exitCode - 128) ended it" : "it ended with exit code \(exitCode)"
      let message = errors.isEmpty ? ending : (exitCode > 128 ? "\(ending): " : "") + errors.suffix(2000)
      return ["formatVersion": 1, "error": ["message": .string(message)]]
    } catch let error as SystemCallError {
      throw Failure.input(error)
    }
  }

  private func progressText(label: String, round: Int) -> String {
    let conditions = request.conditions
    let total = request.entries.count * conditions.repeats
    // Points that do not fit are done with after one run.
    let done = runs.reduce(0) { sum, runs in
      sum + (runs.contains { $0.status != .measured } ? conditions.repeats : runs.count)
    }
    let wall = runs.joined().map(\.wallSeconds)
    let left =
      wall.isEmpty
      ? "" : ", \(durationText(Double(total - done) * wall.reduce(0, +) / Double(wall.count))) left"
    return "run \(done + 1) of \(total): \(label), round \(round + 1) of \(conditions.repeats)\(left)"
  }
}

/// A signal that ends a study between two runs.
struct StudyInterruption: Error {
  let signal: Interrupt
}

/// Set for a process that is to end with the one that started it.
let endsWithParentVariable = "BPTRAIN_ENDS_WITH_PARENT"
