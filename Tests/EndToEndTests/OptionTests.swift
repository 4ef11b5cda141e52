import Configuration
import SystemCalls
import TestSupport
import Testing

/// What the options of a run do.
@Suite struct OptionTests {
  static let tiny = Program.configuration("tiny")

  /// The report of a run that ends well.
  private func report(
    _ options: [String], configuration: String = tiny, in folder: String = "/"
  ) throws -> JSONValue {
    let run = try Program.run(["--config", configuration, "--json"] + options, in: folder)
    try #require(run.exitCode == 0, "\(options): \(run.errors)")
    return try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
  }

  private func digest(_ report: JSONValue) throws -> String {
    let digest = try #require(report["training"]?["parametersDigest"]?.stringValue)
    let hexadecimal = digest.dropFirst("sha256:".count)
    #expect(digest.hasPrefix("sha256:") && hexadecimal.count == 64 && hexadecimal.allSatisfy(\.isHexDigit))
    return digest
  }

  @Test func theSeedIsWhatEveryRandomNumberComesFrom() throws {
    let configured = try digest(report(["--iterations", "3"]))
    let same = try digest(report(["--iterations", "3", "--seed", "3"]))
    let other = try digest(report(["--iterations", "3", "--seed", "4"]))
    let set = try digest(report(["--iterations", "3", "--set", "seed=4"]))
    #expect(same == configured, "configs/tiny.json has the seed 3")
    #expect(other != configured)
    #expect(set == other)
  }

  @Test func twoProcessesEndWithTheSameParameters() throws {
    #expect(try digest(report([])) == digest(report([])))
  }

  @Test func threads() throws {
    for count in [1, 2] {
      let report = try report(["--iterations", "2", "--threads", "\(count)"])
      #expect(report["machine"]?["threads"] == .integer(count))
      #expect(report["config"]?["threads"] == .integer(count))
    }
  }

  /// Kernels made for more threads than run would leave parts of their outputs unwritten.
  @Test(arguments: [["OMP_THREAD_LIMIT": "1"], ["OMP_MAX_ACTIVE_LEVELS": "0"]])
  func thereAreAsManyThreadsAsOpenMPStarts(environment: [String: String]) throws {
    let words = ["--config", Self.tiny, "--iterations", "2", "--json"]
    let limited = try Program.run(words, environment: environment)
    try #require(limited.exitCode == 0, "\(limited.errors)")
    let report = try JSONValue(parsing: Array(limited.output.utf8), fileName: "standard output")
    #expect(report["machine"]?["threads"] == 1)
    #expect(try digest(report) == digest(self.report(["--iterations", "2", "--threads", "1"])))
    let refused = try Program.run(words + ["--threads", "3"], environment: environment)
    #expect(refused.exitCode == 71 && refused.errors.contains("3 threads are asked for and OpenMP starts 1"))
    #expect(refused.output.contains("\"code\": 71"))
  }

  /// Under these the first thread is bound to one place before the program begins; there are as many threads all the
  /// same, and no other figures.
  @Test(arguments: [["OMP_PROC_BIND": "true"], ["OMP_PLACES": "cores"], ["GOMP_CPU_AFFINITY": "0-1023"]])
  func boundThreadsAreAllCounted(environment: [String: String]) throws {
    let free = try report(["--iterations", "2"])
    let run = try Program.run(["--config", Self.tiny, "--iterations", "2", "--json"], environment: environment)
    let bound = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    for key in ["cores", "threads"] { #expect(bound["machine"]?[key] == free["machine"]?[key], "\(environment)") }
    #expect(try digest(bound) == digest(free))
  }

  @Test func whatLibrariesPrintIsNoResult() throws {
    let words = [
      "--config", Program.configuration("deep-plain"), "--set", "model.layers.0.count=2", "--iterations", "1",
    ]
    let run = try Program.run(words + ["--json"], environment: ["ONEDNN_VERBOSE": "1"])
    #expect(run.errors.contains("onednn_verbose,"))
    _ = try digest(JSONValue(parsing: Array(run.output.utf8), fileName: "standard output"))
  }

  @Test func whatIsNoUTF8IsRefused() throws {
    let script = "import os, sys; os.execv(sys.argv[1], [b'bptrain', b'doctor', b'--report', b'\\xe9.json'])"
    let run = try Program(["-I", "-c", script, Program.path], executable: "/usr/bin/python3").end()
    #expect(run.exitCode == 64 && run.errors.contains("is no valid UTF-8"), "\(run.errors)")
  }

  /// 900 training samples in batches of 50: 18 iterations an epoch.
  @Test(arguments: [(1, 1, 1), (18, 1, 16), (19, 2, 17), (40, 3, 38)])
  func iterations(count: Int, epochs: Int, timed: Int) throws {
    let report = try report(["--iterations", "\(count)"])
    #expect(report["training"]?["iterations"] == .integer(count))
    guard case .array(let records) = report["training"]?["epochs"] else {
      Issue.record("no epochs")
      return
    }
    #expect(records.count == epochs)
    #expect(report["time"]?["iterationSeconds"]?["count"] == .integer(timed))
  }

  @Test func whatWasNotTimedIsNull() throws {
    let some = try report(["--iterations", "5", "--warmup", "4"])
    #expect(some["time"]?["forwardSeconds"]?["count"] == 1)
    let none = try report(["--iterations", "5", "--warmup", "5"])
    for key in [
      "forwardSeconds", "backwardSeconds", "recomputeSeconds", "updateSeconds", "iterationSeconds",
      "backwardForwardRatio", "achievedFlopsPerSecond",
    ] {
      #expect(none["time"]?[key] == .null, "\(key)")
    }
    #expect(none["training"]?["iterations"] == 5)
  }

  @Test func reportIsTheDocumentOfStandardOutput() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(["--config", Self.tiny, "--json", "--report", "r.json"], in: folder.path)
    #expect(run.exitCode == 0)
    #expect(try folder.text(of: "r.json") + "\n" == run.output || folder.text(of: "r.json") == run.output)
    let quiet = try Program.run(["--config", Self.tiny, "--quiet", "--report", "r.json"], in: folder.path)
    #expect(quiet.output == "" && quiet.errors == "")
    let document = try JSONValue(parsing: Array(folder.text(of: "r.json").utf8), fileName: "r.json")
    let printed = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    #expect(document["training"]?["parametersDigest"] == printed["training"]?["parametersDigest"])
  }

  @Test func quietSaysNothingAndProgressNoneOnlyTheTable() throws {
    let quiet = try Program.run(["--config", Self.tiny, "--quiet"])
    #expect(quiet.exitCode == 0 && quiet.output == "" && quiet.errors == "")
    let table = try Program.run(["--config", Self.tiny, "--progress", "none"])
    #expect(table.exitCode == 0 && table.errors == "")
    #expect(table.output.contains("\nparameters sha256:"))
    let plain = try Program.run(["--config", Self.tiny, "--progress", "plain"])
    #expect(plain.errors.hasPrefix("epoch 1/10  iteration 1/180  loss "))
    #expect(!plain.errors.contains("\r") && !plain.errors.contains("\u{1B}"))
    let json = try Program.run(["--config", Self.tiny, "--json"])
    #expect(json.output.hasPrefix("{"))
  }

  /// A terminal gets one line that rewrites itself and never passes its width; a dumb one gets plain lines.
  @Test func progressOnATerminal() throws {
    let arguments = ["--config", Self.tiny, "--iterations", "200", "--json"]
    let run = try Program.run(arguments, environment: ["COLUMNS": "40", "TERM": "xterm"], errors: .terminal)
    #expect(run.exitCode == 0)
    let lines = run.errors.split(separator: "\r").map { $0.split(separator: "\u{1B}")[0] }
    #expect(run.errors.contains("\u{1B}[K"))
    #expect(lines.allSatisfy { $0.count <= 39 }, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("epoch 12/12  iteration 200/200") }, "\(lines)")

    let dumb = try Program.run(arguments, environment: ["TERM": "dumb"], errors: .terminal)
    #expect(dumb.errors.hasPrefix("epoch 1/12  iteration 1/200  loss "))
    #expect(!dumb.errors.contains("\u{1B}"))
  }

  @Test func nothingIsColouredWhereNoColourIsWished() throws {
    for arguments in [["--config", Self.tiny, "--iterations", "2"], ["plan", "--config", Self.tiny], ["help"]] {
      let run = try Program.run(
        arguments, environment: ["NO_COLOR": "1", "TERM": "xterm"], output: .terminal, errors: .captured)
      #expect(run.exitCode == 0)
      #expect(run.output != "" && !run.output.contains("\u{1B}["), "\(arguments)")
    }
  }

  /// Plain descent keeps no state beside the parameters, and unshuffled epochs are all alike: two epochs are one and,
  /// from its weights file, another.
  @Test(arguments: ["float32", "float64"])
  func weightsContinueExactly(precision: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {
        "seed": 9, "precision": "\(precision)",
        "data": { "type": "synthetic", "samples": 90, "features": 6, "outputs": 3, "task": "classification",
                  "validationFraction": 0.2, "standardize": true },
        "model": { "layers": [
          { "type": "linear", "units": 16 }, { "type": "batchNorm" }, { "type": "gelu" },
          { "type": "residual", "layers": [ { "type": "layerNorm" }, { "type": "linear", "units": 16 }, { "type": "tanh" } ] },
          { "type": "linear", "units": 3, "bias": false } ] },
        "loss": "softmaxCrossEntropy",
        "optimizer": { "type": "sgd", "learningRate": 0.1, "weightDecay": 0.01 },
        "training": { "epochs": 1, "batchSize": 16, "shuffle": false },
        "checkpoint": "sqrt"
      }
      """, as: "c.json")
    func trained(_ options: [String]) throws -> JSONValue {
      try report(options, configuration: "c.json", in: folder.path)
    }
    func lastValidation(_ report: JSONValue) -> JSONValue? {
      guard case .array(let epochs) = report["training"]?["epochs"] else { return nil }
      return epochs.last?["validationLoss"]
    }
    let whole = try trained(["--set", "training.epochs=2"])
    let first = try trained(["--output", "a"])
    let second = try trained(["--weights", "a/weights.safetensors"])
    #expect(try digest(first) != digest(whole))
    #expect(try digest(second) == digest(whole))
    // Features of another scale are told.
    for (rest, isTold) in [
      ([], false), (["--set", "data.standardize=false"], true), (["--set", "data.seed=5"], true),
    ] {
      let run = try Program.run(
        ["--config", "c.json", "--weights", "a/weights.safetensors", "--progress", "none"] + rest, in: folder.path)
      #expect(run.exitCode == 0, "\(run.errors)")
      #expect(run.errors.contains("the weights were trained on") == isTold, "\(rest): \(run.errors)")
    }
    // The running statistics of batch norm went along.
    #expect(lastValidation(second) != nil && lastValidation(second) == lastValidation(whole))
    // The folder's configuration is the whole of it.
    let resolved = try report(["--set", "data.seed=0"], configuration: "a/config.json", in: folder.path)
    #expect(try digest(resolved) == digest(first))
  }

  /// A value of `--set` is JSON where it is JSON, else a string, whatever the key.
  @Test(arguments: [
    ("checkpoint", "sqrt", #""sqrt""#), ("activationBudget", "96MiB", #""96MiB""#),
    ("activationBudget", "1000000", "1e6"), ("memoryBudget", "1GiB", #""1GiB""#), ("name", "a", #""a""#),
  ])
  func valuesAreSetAsTextOrAsJSON(key: String, text: String, json: String) throws {
    let plain = try report(["--iterations", "1", "--set", "\(key)=\(text)"])
    let quoted = try report(["--iterations", "1", "--set", "\(key)=\(json)"])
    #expect(plain["config"]?[key] != nil && plain["config"]?[key] == quoted["config"]?[key])
  }
}
