import CommandLineInterface
import Configuration
import Reporting
import SystemCalls

/// Puts the shards of one study together.
///
/// - Throws: `Failure`, 65 where the pieces do not belong together: another study, another machine or version, a shard
///   that is there twice, missing or not finished.
func mergeStudies(_ folders: [String], into outputPath: String) throws -> StudyResult {
  var shards: [ShardDocument] = []
  for folder in folders { shards.append(try ShardDocument(folder: folder)) }
  let first = shards[0]
  for shard in shards.dropFirst() {
    for path in ["study.key", "version", "study.repeats"] {
      try expectEqual(first, shard, path, "are of different studies")
    }
  }
  // A shard beyond the last point has measured nothing, on no machine.
  let measured = shards.filter { $0.document["machine"] != .null }
  for shard in measured.dropFirst() {
    for path in MachineIdentity.keys.map({ "machine.\($0)" }) + ["machine.threads"] {
      try expectEqual(
        measured[0], shard, path,
        "were measured on different machines or by different kernels, and their times are not comparable")
    }
  }
  try checkIndices(shards)
  if let output = try? FileIdentity(ofPath: "\(outputPath)/study.json"),
    let shard = shards.first(where: { (try? FileIdentity(ofPath: "\($0.folder)/study.json")) == output })
  {
    throw UsageError("--output names the folder of a shard, \(shard.folder), whose document would be replaced")
  }
  let folder = try StudyFolder(path: outputPath)
  var plans: [String: JSONValue] = [:]
  var rows: [(number: Int, row: StudyRow)] = []
  for shard in shards {
    for (position, point) in try shard.points().enumerated() {
      var runs: [StudyRun] = []
      for round in 0..<shard.conditions.repeats {
        let path = "\(shard.folder)/runs/\(StudyRun.fileName(key: point.key, round: round))"
        guard let run = try readStudyRun(atPath: path) else { continue }
        try folder.save(run)
        runs.append(run)
      }
      let row = StudyRow(point: point, runs: runs, repeats: shard.conditions.repeats)
      guard row.isComplete else {
        throw Failure(
          .wrongData, "\(shard.folder) is not finished: \(point.label) \(point.settingsLabel) is not measured yet")
      }
      if let plan = try readDocument(atPath: "\(shard.folder)/runs/\(point.key)-plan.json") {
        try folder.savePlan(plan, key: point.key)
        plans[point.key] = plan
      }
      rows.append((position * shard.shard.count + shard.shard.index - 1, row))
    }
  }
  let study = StudyResult(
    version: programVersion, machine: measured.first?.document["machine"] ?? .null,
    configuration: first.document["config"] ?? .null, conditions: first.conditions, shard: nil, key: first.key,
    rows: rows.sorted { $0.number < $1.number }.map(\.row))
  try folder.write(study, plans: plans, as: .study)
  return study
}

/// The `study.json` of one shard.
private struct ShardDocument {
  let folder: String
  let document: JSONValue
  let shard: StudyShard
  let conditions: StudyConditions
  let key: String

  init(folder: String) throws {
    let path = "\(folder)/study.json"
    guard let document = try readDocument(atPath: path) else {
      throw Failure(.noInput, "\(path): there is no such file; a shard's folder is the --output of its study")
    }
    guard document["command"] == "study", let key = document.value(at: "study.key")?.stringValue,
      let iterations = document.value(at: "study.iterations")?.integerValue,
      let warmup = document.value(at: "study.warmup")?.integerValue,
      let repeats = document.value(at: "study.repeats")?.integerValue, iterations > 0, warmup >= 0,
      Limits.repeats.contains(repeats)
    else { throw Failure(.wrongData, "\(path) is no study") }
    guard let index = document.value(at: "study.shard.index")?.integerValue,
      let count = document.value(at: "study.shard.count")?.integerValue,
      let shard = StudyShard(parsing: "\(index)/\(count)")
    else { throw Failure(.wrongData, "\(path) is a whole study and no shard; there is nothing to merge it with") }
    self.folder = folder
    self.document = document
    self.shard = shard
    self.key = key
    conditions = StudyConditions(iterations: iterations, warmup: warmup, repeats: repeats)
  }

  func points() throws -> [StudyPoint] {
    try (document["points"]?.elements ?? []).map { point in
      guard let key = point["key"]?.stringValue, let strategy = point["strategy"]?.stringValue else {
        throw Failure(.wrongData, "\(folder)/study.json has a point without key or strategy")
      }
      return StudyPoint(
        settings: (point["grid"]?.members ?? []).map { member in
          StudyPoint.Setting(path: member.name, value: member.value.stringValue ?? "")
        },
        strategy: strategy, budget: point["budget"]?.stringValue, key: key)
    }
  }
}

private func expectEqual(
  _ first: ShardDocument, _ second: ShardDocument, _ path: String, _ problem: String
) throws {
  let (left, right) = (first.document.value(at: path), second.document.value(at: path))
  guard left == right else {
    throw Failure(
      .wrongData,
      "\(first.folder) and \(second.folder) \(problem): \(path) is \(left?.text(.compact) ?? "missing") and "
        + "\(right?.text(.compact) ?? "missing")")
  }
}

private func checkIndices(_ shards: [ShardDocument]) throws {
  let count = shards[0].shard.count
  for shard in shards where shard.shard.count != count {
    throw Failure(
      .wrongData,
      "\(shards[0].folder) is one of \(count) shards and \(shard.folder) one of \(shard.shard.count)")
  }
  let indices = shards.map(\.shard.index)
  if let twice = indices.first(where: { index in indices.count { $0 == index } > 1 }) {
    throw Failure(.wrongData, "shard \(twice)/\(count) is given twice")
  }
  if let missing = (1...count).first(where: { !indices.contains($0) }) {
    throw Failure(.wrongData, "shard \(missing)/\(count) is missing; all \(count) are needed")
  }
}
