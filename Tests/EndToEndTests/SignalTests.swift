import Configuration
import Glibc
import SystemCalls
import TestSupport
import Testing

/// SIGINT and SIGTERM: at once before training, after the iteration in hand while it runs.
@Suite struct SignalTests {
  /// The data come from a pipe into which nobody writes: the program waits for them.
  @Test(arguments: [SIGINT, SIGTERM])
  func beforeTheFirstIterationTheProgramEndsAtOnce(signal: Int32) throws {
    let folder = try TemporaryFolder()
    try #require(unsafe mkfifo(folder.path + "/d.csv", 0o600) == 0)
    try folder.write(BadInputTests.configuration, as: "c.json")
    let program = try Program(
      ["--config", "c.json", "--output", "out", "--report", "r.json", "--json"], in: folder.path)
    // From then on it takes signals as values.
    try #require(eventually { program.hasThread(named: "bptrain-signals") })
    program.send(signal)
    let run = try program.end()
    let code: Int32 = signal == SIGINT ? 130 : 143
    #expect(run.exitCode == code)
    #expect(run.errors == "bptrain: interrupted before the first iteration; nothing was saved\n")
    let document = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    #expect(document["error"]?["code"] == .integer(Int(code)))
    #expect(folder.names() == ["c.json", "d.csv"])
  }

  static let others: [[String]] = [
    ["plan"], ["gradients", "--output", "g.safetensors"], ["check"], ["explain"],
  ]

  @Test(arguments: others)
  func commandsThatDoNotTrainEndAtOnceToo(command: [String]) throws {
    let folder = try TemporaryFolder()
    try #require(unsafe mkfifo(folder.path + "/d.csv", 0o600) == 0)
    try folder.write(BadInputTests.configuration, as: "c.json")
    let program = try Program(command + ["--config", "c.json", "--report", "r.json", "--json"], in: folder.path)
    try #require(eventually { program.hasThread(named: "bptrain-signals") })
    program.send(SIGINT)
    let run = try program.end()
    #expect(run.exitCode == 130)
    #expect(run.errors == "bptrain: interrupted; nothing was written\n")
    let document = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    #expect(document["error"]?["code"] == 130)
    #expect(folder.names() == ["c.json", "d.csv"])
  }

  /// As a shell without job control starts what runs in its background.
  @Test func anIgnoredInterruptIsIgnored() throws {
    let program = try Program(
      ["-c", "trap '' INT; exec \"$@\"", "sh", Program.path] + Self.endless + ["--json"], executable: "/bin/sh")
    try #require(eventually { try program.errorsSoFar().contains("  iteration 1/100000000  ") })
    program.send(SIGINT)
    program.send(SIGTERM)
    #expect(try program.end().exitCode == 128 + SIGTERM)
  }

  static let endless = ["--config", Program.configuration("tiny"), "--iterations", "100000000"]

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func duringTrainingTheStateIsSavedFirst(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let program = try Program(
      Self.endless + ["--output", "out", "--report", "r.json", "--trace", "t.json", "--warmup", "1", "--json"],
      in: folder.path)
    // The first line of progress comes after the first iteration.
    try #require(eventually { try program.errorsSoFar().contains("  iteration 1/100000000  ") })
    program.send(signal)
    let run = try program.end()
    #expect(run.exitCode == 128 + signal)
    let report = try JSONValue(parsing: Array(folder.text(of: "out/report.json").utf8), fileName: "report.json")
    #expect(try folder.text(of: "r.json") == folder.text(of: "out/report.json"))
    let iterations = try #require(report["training"]?["iterations"]?.integerValue)
    #expect(iterations >= 1)
    // What was measured by then is told like that of any other run.
    let isTimed = iterations > 1
    #expect((report["time"]?["iterationSeconds"]?["median"]?.doubleValue != nil) == isTimed)
    #expect((report["memory"]?["process"]?["steadyPageFaults"]?.integerValue != nil) == isTimed)
    #expect(try !isTimed || folder.text(of: "t.json").contains("traceEvents"))
    #expect(
      run.errors.split(separator: "\n").last
        == "bptrain: interrupted after iteration \(iterations); the state is saved in out")
    let document = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    #expect(
      document["error"]?["message"]
        == .string("interrupted after iteration \(iterations); the state is saved in out"))
    #expect(folder.names(in: "out").contains("weights.safetensors"))
    let digest = try #require(report["training"]?["parametersDigest"]?.stringValue)

    // What was saved is where it stood: no update with a rate of 0 moves it.
    let again = try Program.run(
      [
        "--config", "out/config.json", "--weights", "out/weights.safetensors", "--iterations", "1", "--set",
        "optimizer.learningRate=0", "--json",
      ], in: folder.path)
    #expect(again.exitCode == 0, "\(again.errors)")
    let second = try JSONValue(parsing: Array(again.output.utf8), fileName: "standard output")
    #expect(second["training"]?["parametersDigest"]?.stringValue == digest)
  }

  @Test func weightsAreSavedOnRequest() throws {
    let folder = try TemporaryFolder()
    let program = try Program(Self.endless + ["--output", "out"], in: folder.path)
    try #require(eventually { try program.errorsSoFar().contains("  iteration 1/100000000  ") })
    program.send(SIGUSR1)
    try #require(eventually { try program.errorsSoFar().contains("bptrain: the weights are saved in out\n") })
    #expect(folder.names(in: "out").contains("weights.safetensors") && folder.names(in: "out").contains("config.json"))
    let again = try Program.run(
      ["--config", "out/config.json", "--weights", "out/weights.safetensors", "--iterations", "1"], in: folder.path)
    #expect(again.exitCode == 0, "\(again.errors)")
    // It has gone on meanwhile.
    program.send(SIGINT)
    #expect(try program.end().exitCode == 130)
  }

  @Test func withoutAFolderNothingIsWritten() throws {
    let folder = try TemporaryFolder()
    let program = try Program(Self.endless, in: folder.path)
    try #require(eventually { try program.errorsSoFar().contains("  iteration 1/100000000  ") })
    program.send(SIGINT)
    let run = try program.end()
    #expect(run.exitCode == 130)
    let last = try #require(run.errors.split(separator: "\n").last)
    #expect(last.hasPrefix("bptrain: interrupted after iteration "))
    #expect(!last.contains("saved"))
    #expect(run.output == "")
    #expect(folder.names() == [])
  }
}

/// Asks every millisecond until the answer is yes, for at most twenty seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<20_000 {
    if try condition() { return true }
    usleep(1000)
  }
  return false
}
