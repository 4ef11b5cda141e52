import Configuration
import SystemCalls
import TestSupport
import Testing

/// What the program writes, and what it says where it cannot.
@Suite struct OutputTests {
  /// Options that ask for an output which cannot be had, in a folder with the file `file`.
  struct Refusal: CustomTestStringConvertible, Sendable {
    let options: [String]
    let exitCode: Int32
    let message: String
    var testDescription: String { options.joined(separator: " ") }
  }

  static let refusals: [Refusal] = [
    Refusal(options: ["--output", "file"], exitCode: 73, message: "cannot write ./file: Not a directory"),
    Refusal(options: ["--output", "file/out"], exitCode: 73, message: "cannot write ./file: Not a directory"),
    Refusal(
      options: ["--output", "/proc/none"], exitCode: 73, message: "cannot write /proc/none: No such file or directory"),
    Refusal(options: ["--report", "folder"], exitCode: 73, message: "cannot write folder: Is a directory"),
    Refusal(
      options: ["--report", "none/r.json"], exitCode: 73, message: "cannot write none/r.json: No such file or directory"
    ),
    Refusal(
      options: ["--report", "file/r.json"], exitCode: 73, message: "cannot write file/r.json: Not a directory"),
    Refusal(
      options: ["--report", "/dev/full"], exitCode: 74, message: "cannot write /dev/full: No space left on device"),
  ]

  /// Every command finds out before it works, and a trace is written by training alone.
  @Test func whereNothingCanBeWrittenNothingIsDone() throws {
    for command in ["plan", "check", "explain"] {
      let run = try Program.run([command, "--config", Program.configuration("neuron"), "--report", "/proc/none/r.json"])
      #expect(run.exitCode == 73 && run.output == "", "\(command): \(run.errors)")
    }
    let idle = try Program.run(["plan", "--config", Program.configuration("tiny"), "--trace", "/proc/none", "--quiet"])
    #expect(idle.exitCode == 0, "\(idle.errors)")
  }

  /// A file that is opened later would take a closed stream's number, and get what is written to the stream.
  @Test func closedStreamsAreNotMistakenForFiles() throws {
    let folder = try TemporaryFolder()
    let train = ["--config", Program.configuration("tiny"), "--iterations", "2", "--output", "\(folder.path)/out"]
    let run = try Program(["-c", "exec \"$0\" \"$@\" >&-", Program.path] + train, executable: "/bin/sh").end()
    #expect(run.exitCode == 74, "\(run.errors)")
    #expect(try readFile(atPath: "\(folder.path)/out/.lock").count < 16)
    let silent = ["check", "--config", Program.configuration("tiny"), "--json"]
    let check = try Program(["-c", "exec \"$0\" \"$@\" 2>&-", Program.path] + silent, executable: "/bin/sh").end()
    #expect(check.exitCode == 0 && check.output.contains("\"passed\""), "\(check.output.suffix(300))")
  }

  /// Past the limit on a file's size, of 512 or 1024 bytes: no signal ends the process, and nothing is left behind.
  @Test func aFileBeyondTheLimitOnSizesIsRefused() throws {
    let folder = try TemporaryFolder()
    let train = ["--config", Program.configuration("tiny"), "--iterations", "2", "--quiet"]
    let script = "ulimit -f 1 && exec \"$0\" \"$@\""
    let report = try Program(
      ["-c", script, Program.path] + train + ["--report", "\(folder.path)/r.json"], executable: "/bin/sh"
    ).end()
    #expect(report.exitCode == 74 && report.errors.contains("r.json: File too large"), "\(report.errors)")
    #expect(folder.names() == [])
  }

  @Test func aFileIsMadeAtTheEndOfALink() throws {
    let folder = try TemporaryFolder()
    let made = try Program(["-s", "r.json", "\(folder.path)/link.json"], executable: "/bin/ln").end()
    #expect(made.exitCode == 0)
    let run = try Program.run(
      ["plan", "--config", Program.configuration("tiny"), "--quiet", "--report", "link.json"], in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(folder.names() == ["link.json", "r.json"])
    #expect(try folder.text(of: "r.json").contains("\"plan\""))
  }

  /// What a command reads, or writes otherwise, it does not write over.
  @Test(arguments: [
    ["gradients", "--config", "c.json", "--output", "c.json"], ["--config", "c.json", "--report", "./c.json"],
    ["--config", "c.json", "--trace", "r.json", "--report", "r.json"],
    ["gradients", "--config", "c.json", "--weights", "w", "--output", "w"],
    ["plan", "--config", "c.json", "--checkpoint", "file:w", "--report", "w"],
    ["--config", "c.json", "--set", #"data={"type":"csv","path":"w","target":"y"}"#, "--trace", "w"],
    ["compare", "c.json", "w", "--report", "w"], ["bench", "--suite", "w", "--output", "o", "--report", "w"],
  ])
  func noFileServesTwice(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let network = """
      { "data": { "type": "synthetic", "samples": 8, "features": 2 }, "model": { "layers": [ { "type": "linear", "units": 1 } ] } }
      """
    try folder.write(network, as: "c.json")
    try folder.write("weights", as: "w")
    let run = try Program.run(arguments + ["--quiet"], in: folder.path)
    #expect(run.exitCode == 64, "\(run.errors)")
    #expect(run.errors.contains(" names the file of "), "\(run.errors)")
    #expect(try folder.text(of: "c.json") == network)
    #expect(try folder.text(of: "w") == "weights")
  }

  @Test(arguments: refusals)
  func refusal(_ refusal: Refusal) throws {
    let folder = try TemporaryFolder()
    try folder.write("kept", as: "file")
    try createFolder(atPath: folder.path + "/folder")
    let run = try Program.run(
      ["--config", Program.configuration("tiny"), "--iterations", "1", "--quiet"] + refusal.options, in: folder.path)
    #expect(run.errors == "bptrain: \(refusal.message)\n")
    #expect(run.exitCode == refusal.exitCode)
    #expect(run.output == "")
    #expect(folder.names() == ["file", "folder"])
    #expect(try folder.text(of: "file") == "kept")
    #expect(folder.names(in: "folder") == [])
  }

  /// A place that is taken is told before the first iteration, not after the last.
  @Test(arguments: ["weights.safetensors", "config.json", "history.jsonl", "report.json"])
  func aFileOfTheFolderThatCannotBeWritten(name: String) throws {
    let folder = try TemporaryFolder()
    try createFolder(atPath: "\(folder.path)/out/\(name)")
    let run = try Program.run(
      ["--config", Program.configuration("tiny"), "--progress", "plain", "--output", "out"], in: folder.path)
    #expect(run.exitCode == 73)
    #expect(run.errors == "bptrain: cannot write out/\(name): Is a directory\n")
  }

  static let outputs: [(ProgramStream.Kind, String)] = [
    (.path("/dev/full"), "No space left on device"), (.brokenPipe, "Broken pipe"), (.closed, "Bad file descriptor"),
  ]

  @Test(arguments: outputs)
  func standardOutputThatTakesNothingIs74(output: ProgramStream.Kind, reason: String) throws {
    for arguments in [
      ["--config", Program.configuration("tiny"), "--iterations", "1", "--progress", "none"],
      ["--config", Program.configuration("tiny"), "--iterations", "1", "--progress", "none", "--json"],
      ["plan", "--config", Program.configuration("tiny")], ["help"], ["schema"], ["--version"],
    ] {
      let run = try Program.run(arguments, output: output)
      #expect(run.errors == "bptrain: cannot write to standard output: \(reason)\n", "\(arguments)")
      #expect(run.exitCode == 74, "\(arguments)")
    }
  }

  @Test func whatWasTrainedIsSavedThoughStandardOutputTakesNothing() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      ["--config", Program.configuration("tiny"), "--iterations", "1", "--output", "out"], in: folder.path,
      output: .path("/dev/full"))
    #expect(run.exitCode == 74)
    #expect(folder.names(in: "out").contains("weights.safetensors"))
  }

  @Test func anotherProcessHasTheFolder() throws {
    let folder = try TemporaryFolder()
    let first = try Program(SignalTests.endless + ["--output", "out"], in: folder.path)
    try #require(eventually { try first.errorsSoFar().contains("  iteration 1/100000000  ") })
    let second = try Program.run(SignalTests.endless + ["--output", "out"], in: folder.path)
    #expect(second.exitCode == 75)
    #expect(
      second.errors
        == "bptrain: out: another process (\(first.process)) is using this folder; wait until it ends, or choose another "
        + "folder\n")
    first.send(2)
    #expect(try first.end().exitCode == 130)
    let third = try Program.run(
      ["--config", Program.configuration("tiny"), "--iterations", "1", "--output", "out"], in: folder.path)
    #expect(third.exitCode == 0, "\(third.errors)")
  }

  @Test func aFolderOfARunHoldsItsFilesAndNoOthers() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      ["--config", Program.configuration("tiny"), "--output", "runs/1", "--quiet"], in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    let names = folder.names(in: "runs/1")
    for name in ["config.json", "history.jsonl", "report.json", "weights.safetensors"] {
      #expect(names.contains(name))
    }
    #expect(names.allSatisfy { !$0.hasSuffix(".partial") })
    // Ten epochs, a line of JSON each.
    #expect(try folder.text(of: "runs/1/history.jsonl").split(separator: "\n").count == 10)
  }

  @Test func theConfigurationInTheFolderTrainsTheSame() throws {
    let folder = try TemporaryFolder()
    func digest(_ arguments: [String]) throws -> JSONValue? {
      let run = try Program.run(arguments + ["--quiet", "--json", "--iterations", "3"], in: folder.path)
      #expect(run.exitCode == 0, "\(run.errors)")
      return try JSONValue(parsing: Array(run.output.utf8), fileName: "report")["training"]?["parametersDigest"]
    }
    try createFolder(atPath: folder.path + "/in")
    try folder.write("a,b,y\n1,2,3\n2,3,5\n4,1,4\n", as: "in/data.csv")
    try folder.write(
      """
      { "data": { "type": "csv", "path": "data.csv", "target": "y", "task": "regression" },
        "model": { "layers": [ { "type": "linear", "units": 1 } ] }, "training": { "batchSize": 2 } }
      """, as: "in/c.json")
    let first = try #require(try digest(["--config", "in/c.json", "--output", "out/1"]))
    #expect(try digest(["--config", "out/1/config.json"]) == first)
  }
}
