import Configuration
import Glibc
import SystemCalls
import TestSupport
import Testing

/// Studies as users run them: whole, killed and continued, in shards.
@Suite(.serialized) struct StudyTests {
  @Test(arguments: [["--grid", "seed=1,2"], ["--config", "c.json"], ["--iterations", "3"], ["--again"]])
  func mergingMeasuresNothing(options: [String]) throws {
    let run = try Program.run(["study", "--merge", "a,b", "--output", "c"] + options)
    #expect(run.exitCode == 64 && run.errors.contains("\(options[0]) does not go with --merge"), "\(run.errors)")
  }

  private static let common = [
    "study", "--config", Program.configuration("tiny"), "--iterations", "4", "--warmup", "1", "--progress", "none",
  ]

  private func study(_ folder: String, _ more: [String]) throws -> Program.Run {
    try Program.run(Self.common + ["--output", folder] + more)
  }

  private func runs(_ folder: String) -> [String] {
    TemporaryFolder.names(at: folder + "/runs").filter { $0.hasSuffix("0.json") || $0.hasSuffix("1.json") }
  }

  private func text(_ path: String) throws -> String { String(decoding: try readFile(atPath: path), as: UTF8.self) }

  @Test func aStudyMeasuresEveryPointAndWritesItsResults() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/study"
    let run = try study(
      output,
      [
        "--checkpoint", "none,sqrt,optimal", "--activation-budget", "80%,1KiB", "--grid", "training.batchSize=20,40",
        "--repeats", "2",
      ])
    #expect(run.exitCode == 0, "\(run.errors)")
    for line in run.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(run.output.contains("training.batchSize=20\n") && run.output.contains("training.batchSize=40\n"))
    #expect(run.output.contains("\noptimal 1KiB ") && run.output.contains("  infeasible: at least "))
    // Two grids of three feasible points in two rounds; an infeasible one is tried once.
    #expect(runs(output).count == 2 * (3 * 2 + 1))
    let csv = try text(output + "/study.csv")
    #expect(csv.split(separator: "\r\n").count == 9)
    #expect(csv.contains("\r\n20,sqrt,,measured,2,3,9,15,6,"), "\(csv)")
    let page = try text(output + "/report.html")
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.utf8.count < 1_000_000)
    #expect(page.contains("\"sweeps\":[[0,0,"), "the schedule is in the page")
  }

  @Test func aStudyWithAFailedRunFails() throws {
    let folder = try TemporaryFolder()
    let diverging = ["--checkpoint", "none", "--repeats", "1", "--set", "optimizer.learningRate=1e38"]
    let run = try study(folder.path + "/study", diverging)
    #expect(run.exitCode == 1 && run.output.contains("failed: "), "\(run.errors)")
    let twice = try study(folder.path + "/twice", ["--grid", "seed=1", "--grid", "seed=2"])
    #expect(twice.exitCode == 64 && twice.errors.contains("twice"), "\(twice.errors)")
  }

  @Test func whatIsMeasuredIsNotMeasuredAgain() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/study"
    let points = ["--checkpoint", "none,sqrt", "--repeats", "1"]
    #expect(try study(output, points).exitCode == 0)
    let names = runs(output)
    let before = try names.map { try text("\(output)/runs/\($0)") }
    #expect(try study(output, points).exitCode == 0)
    #expect(try names.map { try text("\(output)/runs/\($0)") } == before)
    #expect(try study(output, points + ["--again"]).exitCode == 0)
    #expect(try names.map { try text("\(output)/runs/\($0)") } != before)
  }

  @Test func aKilledStudyGoesOnWhereItWas() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/study"
    let points = ["--checkpoint", "none,sqrt,recursive,every:2", "--repeats", "2"]
    let killed = try Program(Self.common + ["--output", output] + points)
    while runs(output).count < 2 { usleep(2000) }
    killed.send(SIGKILL)
    #expect(try killed.end().exitCode == 137)
    let kept = runs(output)
    let before = try kept.map { try text("\(output)/runs/\($0)") }
    #expect(kept.count >= 2 && kept.count < 8)
    let run = try study(output, points)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(runs(output).count == 8)
    #expect(try kept.map { try text("\(output)/runs/\($0)") } == before)
  }

  /// A table of 40 rows, and a configuration that reads it.
  private func writeTable(_ folder: TemporaryFolder, factor: Int, units: Int = 5, comment: String = "") throws {
    let rows = (0..<40).map { "\($0 % 7),\(factor * $0 % 11),\($0 % 3)" }
    try folder.write("a,b,y\n" + rows.joined(separator: "\n") + "\n", as: "d.csv")
    try folder.write(
      """
      { \(comment)
        "data": { "type": "csv", "path": "d.csv", "target": "y", "task": "regression" },
        "model": { "layers": [ { "type": "linear", "units": \(units) }, { "type": "tanh" }, { "type": "linear", "units": 1 } ] },
        "loss": "meanSquaredError", "training": { "batchSize": 20 } }
      """, as: "c.json")
  }

  /// Points of other data, or of another configuration, are none of the study: they are measured anew, and that is
  /// told.
  @Test func changedDataAndConfigurationsAreNotMixedWithWhatWasMeasured() throws {
    let folder = try TemporaryFolder()
    let words = [
      "study", "--config", "c.json", "--output", "out", "--checkpoint", "none,sqrt", "--repeats", "1", "--iterations",
      "4", "--progress", "none",
    ]
    func measure() throws -> (run: Program.Run, digests: Set<String>) {
      let run = try Program.run(words, in: folder.path)
      #expect(run.exitCode == 0, "\(run.errors)")
      let lines = try folder.text(of: "out/study.csv").split(separator: "\r\n").dropFirst()
      #expect(lines.count == 2)
      let digests = lines.compactMap { line in line.split(separator: ",").first { $0.hasPrefix("sha256:") } }
      return (run, Set(digests.map(String.init)))
    }
    try writeTable(folder, factor: 3)
    let first = try measure()
    #expect(first.digests.count == 1 && !first.run.errors.contains("changed"), "\(first.run.errors)")
    try writeTable(folder, factor: 3, comment: "// a comment changes nothing")
    let same = try measure()
    #expect(same.digests == first.digests && !same.run.errors.contains("changed"), "\(same.run.errors)")
    #expect(runs(folder.path + "/out").count == 2)

    try writeTable(folder, factor: 4)
    let otherData = try measure()
    #expect(otherData.run.errors.contains("d.csv has changed since out was measured: its runs of before are left out"))
    #expect(otherData.digests.count == 1 && otherData.digests != first.digests)
    #expect(runs(folder.path + "/out").count == 4)

    try writeTable(folder, factor: 4, units: 6)
    let otherNetwork = try measure()
    #expect(otherNetwork.run.errors.contains("the configuration has changed since out was measured"))
    #expect(otherNetwork.digests.isDisjoint(with: first.digests.union(otherData.digests)))
    #expect(runs(folder.path + "/out").count == 6)

    // What was measured of the first data is found again.
    try writeTable(folder, factor: 3)
    #expect(try measure().digests == first.digests)
    #expect(runs(folder.path + "/out").count == 6)
    let missing = try Program.run(words + ["--set", "data.path=no.csv"], in: folder.path)
    #expect(missing.exitCode == 66 && missing.errors.contains("no.csv"), "\(missing.errors)")
  }

  @Test func dataThatChangeWhileTheyAreMeasuredEndTheStudy() throws {
    let folder = try TemporaryFolder()
    try writeTable(folder, factor: 3)
    let study = try Program(
      [
        "study", "--config", folder.path + "/c.json", "--output", folder.path + "/out", "--checkpoint",
        "none,sqrt,recursive,every:2", "--repeats", "9", "--iterations", "400", "--progress", "none",
      ])
    while runs(folder.path + "/out").count < 1 { usleep(2000) }
    try writeTable(folder, factor: 4)
    let end = try study.end()
    #expect(end.exitCode == 65, "\(end.errors)")
    #expect(end.errors.contains(" has changed while it was measured; the last run is not kept"), "\(end.errors)")
    #expect(runs(folder.path + "/out").count < 9)
  }

  @Test func anInterruptedStudySaysSoAndKeepsItsRuns() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/study"
    let points = ["--checkpoint", "none,sqrt,recursive,every:2", "--repeats", "2"]
    let interrupted = try Program(Self.common + ["--output", output] + points)
    while runs(output).count < 1 { usleep(2000) }
    interrupted.send(SIGTERM)
    let end = try interrupted.end()
    #expect(end.exitCode == 143)
    #expect(end.errors.contains("the same command goes on from there"))
    #expect(try text(output + "/study.csv").contains("pending"))
  }

  @Test func shardsTogetherAreTheWholeStudy() throws {
    let folder = try TemporaryFolder()
    let points = ["--checkpoint", "none,sqrt,every:3", "--repeats", "1"]
    let parts = (1...2).map { "\(folder.path)/part\($0)" }
    for (index, part) in parts.enumerated() {
      #expect(try study(part, points + ["--shard", "\(index + 1)/2"]).exitCode == 0)
    }
    let whole = folder.path + "/whole"
    let merge = try Program.run(["study", "--merge", parts.joined(separator: ","), "--output", whole])
    #expect(merge.exitCode == 0, "\(merge.errors)")
    let strategies = try text(whole + "/study.csv").split(separator: "\r\n").dropFirst().map { $0.prefix { $0 != "," } }
    #expect(strategies == ["none", "sqrt", "every:3"], "in the order of the whole study")

    // More shards than points: some have nothing to measure.
    let many = (1...4).map { "\(folder.path)/many\($0)" }
    for (index, part) in many.enumerated() {
      #expect(try study(part, points + ["--shard", "\(index + 1)/4"]).exitCode == 0)
    }
    for order in [many, many.reversed()] {
      let merged = try Program.run(["study", "--merge", order.joined(separator: ","), "--output", whole])
      #expect(merged.exitCode == 0, "\(merged.errors)")
    }

    let missing = try Program.run(["study", "--merge", parts[0], "--output", folder.path + "/m"])
    #expect(missing.exitCode == 65 && missing.errors.contains("shard 2/2 is missing"))
    let other = folder.path + "/other"
    #expect(try study(other, ["--checkpoint", "none,sqrt", "--repeats", "1", "--shard", "2/2"]).exitCode == 0)
    let foreign = try Program.run(["study", "--merge", "\(parts[0]),\(other)", "--output", folder.path + "/f"])
    #expect(foreign.exitCode == 65 && foreign.errors.contains("are of different studies"))

    let before = try text(parts[0] + "/study.json")
    let onto = try Program.run(["study", "--merge", parts.joined(separator: ","), "--output", parts[0] + "/."])
    #expect(onto.exitCode == 64 && onto.errors.contains("--output names the folder of a shard"), "\(onto.errors)")
    #expect(try text(parts[0] + "/study.json") == before)
    for (old, new, message) in [
      ("\"repeats\": 1", "\"repeats\": -1", "is no study"),
      ("\"kernelTable\": \"", "\"kernelTable\": \"0", "or by different kernels"),
    ] {
      try folder.write(before.replacing(old, with: new), as: "part1/study.json")
      let refused = try Program.run(["study", "--merge", parts.joined(separator: ","), "--output", whole])
      #expect(refused.exitCode == 65 && refused.errors.contains(message), "\(refused.errors)")
    }
  }

  @Test(arguments: ["", "{\"formatVersion\":1}", "{\"formatVersion\":1,\"key\":"])
  func aDamagedRunIsToldAndMeasuredAgainWhenItIsRemoved(content: String) throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/study"
    let points = ["--checkpoint", "none,sqrt", "--repeats", "1"]
    #expect(try study(output, points).exitCode == 0)
    let damaged = try #require(runs(output).first)
    try folder.write(content, as: "study/runs/\(damaged)")
    let run = try study(output, points)
    #expect(run.exitCode == 65)
    #expect(
      run.errors.contains(damaged) && run.errors.contains("; remove it, and it is measured again\n"), "\(run.errors)")
    try folder.remove("study/runs/\(damaged)")
    #expect(try study(output, points).exitCode == 0)
    #expect(runs(output).contains(damaged))
  }

  /// Budgets of the configuration are those of no point.
  @Test func aConfigurationsOwnBudgetDoesNotHoldForItsStudy() throws {
    let folder = try TemporaryFolder()
    var text = try self.text(Program.configuration("tiny"))
    let start = try #require(text.firstIndex(of: "{"))
    text.insert(contentsOf: "\"activationBudget\": \"90%\", \"memoryBudget\": \"4GiB\",", at: text.index(after: start))
    let run = try Program.run([
      "study", "--config", folder.write(text, as: "c.json"), "--iterations", "4", "--progress", "none",
      "--checkpoint", "none,optimal", "--activation-budget", "80%", "--repeats", "1",
      "--output", folder.path + "/study",
    ])
    #expect(run.exitCode == 0 && !run.output.contains("failed"), "\(run.errors)\(run.output)")
    let csv = try self.text(folder.path + "/study/study.csv")
    #expect(csv.contains("none,,measured,1,") && csv.contains("optimal,80%,measured,1,"), "\(csv)")
  }

  /// Those of the grid do, whether or not the configuration has others.
  @Test(arguments: ["", "\"activationBudget\": \"90%\", \"memoryBudget\": \"4GiB\","])
  func budgetsOfTheGridHold(own: String) throws {
    let folder = try TemporaryFolder()
    var text = try self.text(Program.configuration("tiny"))
    text.insert(contentsOf: own, at: text.index(after: try #require(text.firstIndex(of: "{"))))
    let words = [
      "study", "--config", try folder.write(text, as: "c.json"), "--iterations", "4", "--progress", "none",
      "--checkpoint", "none,optimal", "--repeats", "1", "--grid", "activationBudget=85%,100%",
      "--grid", "memoryBudget=1GiB", "--output", folder.path + "/study",
    ]
    let run = try Program.run(words)
    #expect(run.exitCode == 0, "\(run.errors)\(run.output)")
    let reports = try runs(folder.path + "/study").map { name in
      try JSONValue(parsing: Array(self.text("\(folder.path)/study/runs/\(name)").utf8), fileName: name)
    }
    #expect(reports.count == 4)
    for report in reports where report["exitCode"] == 0 {
      let budgets = report["report"]?["memory"]
      #expect(budgets?["process"]?["budgetBytes"] == .integer(1 << 30))
    }
    #expect(Set(reports.compactMap { $0["report"]?["config"]?["activationBudget"]?.stringValue }) == ["85%", "100%"])
    let both = try Program.run(words + ["--activation-budget", "min"])
    #expect(both.exitCode == 64 && both.errors.contains("both give budgets"), "\(both.errors)")
  }

  static let mistakes: [([String], Int32)] = [
    (["--shard", "3/2"], 64), (["--grid", "training.batchSize"], 64), (["--checkpoint", "none,nonsense"], 64),
    (["--grid", "training.batchSize=0"], 78), (["--grid", "no.such.key=1"], 78), (["--checkpoint", "none,none"], 64),
    (["--set", "activationBudget=1KiB"], 64), (["--set", "memoryBudget=auto"], 64),
    (["--set", "checkpoint=sqrt"], 64), (["--seed", "5", "--grid", "seed=1,2"], 64),
    (["--set", "training.batchSize=4", "--grid", "training.batchSize=8,16"], 64),
  ]

  @Test(arguments: mistakes)
  func mistakesAreToldBeforeAnythingIsMeasured(arguments: [String], exitCode: Int32) throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/study"
    #expect(try study(output, arguments).exitCode == exitCode)
    #expect(runs(output).isEmpty)
  }

  @Test func aStudyNeedsAConfigurationOrShards() throws {
    #expect(try Program.run(["study", "--output", "/tmp/nowhere"]).exitCode == 64)
    let ofNothing = try Program.run(
      Self.common + ["--output", "/tmp/nowhere", "--checkpoint", "none,sqrt", "--activation-budget", "40%"])
    #expect(ofNothing.exitCode == 64)
    #expect(ofNothing.errors.contains("budgets of optimal, which --checkpoint does not name"), "\(ofNothing.errors)")
  }
}
