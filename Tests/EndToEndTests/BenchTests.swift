import Configuration
import SystemCalls
import TestSupport
import Testing

/// Suites as users run them, read back by what compares Google Benchmark's output.
@Suite struct BenchTests {
  private static let suite = """
    { // a comment
      "repeats": 2, "iterations": 5, "warmup": 1,
      "benchmarks": [
        { "name": "small", "config": "CONFIGS/tiny.json", "checkpoint": ["none", "sqrt", "optimal"],
          "activationBudget": ["60%", "1KiB"] },
        { "config": "CONFIGS/tiny.json", "set": { "training.batchSize": 20 } },
      ]
    }
    """

  /// What comparison tools ask of such a file: names that meet, times in one unit, repetitions and aggregates.
  private static let script = """
    import json, statistics, sys
    document = json.load(open(sys.argv[1]))
    context, entries = document["context"], document["benchmarks"]
    import datetime
    assert abs((datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(context["date"])).total_seconds()) < 3600
    assert context["num_cpus"] >= 1 and context["library_build_type"] == "release" and context["host_name"]
    names = list(dict.fromkeys(e["run_name"] for e in entries))
    assert names == ["small/none", "small/sqrt", "small/optimal:60%", "small/optimal:1KiB", "tiny/none"], names
    for name in names:
        own = [e for e in entries if e["run_name"] == name]
        assert all(e["time_unit"] == "ns" and "real_time" in e and "cpu_time" in e for e in own)
        if name == "small/optimal:1KiB":
            assert len(own) == 1 and own[0]["error_occurred"] and "1024" in own[0]["error_message"] or "1.0 KiB" in own[0]["error_message"], own
            continue
        runs = [e for e in own if e["run_type"] == "iteration"]
        assert [e["repetition_index"] for e in runs] == [0, 1] and all(e["name"] == name for e in runs)
        assert all(e["iterations"] == 4 and e["real_time"] > 0 and e["cpu_time"] > 0 for e in runs)
        assert all(e["activation_peak_bytes"] > 0 for e in runs)
        # Of whole processes, each of which has five iterations.
        assert all(e["wall_seconds"] > 5e-9 * e["real_time"] for e in runs)
        aggregates = {e["aggregate_name"]: e for e in own if e["run_type"] == "aggregate"}
        assert list(aggregates) == ["mean", "median", "stddev", "cv"]
        assert all(e["name"] == name + "_" + a for a, e in aggregates.items())
        times = [e["real_time"] for e in runs]
        assert abs(aggregates["mean"]["real_time"] - statistics.mean(times)) < 1e-6 * times[0]
        assert abs(aggregates["median"]["real_time"] - statistics.median(times)) < 1e-6 * times[0]
        assert abs(aggregates["stddev"]["real_time"] - statistics.stdev(times)) < 1e-6 * times[0]
        assert abs(aggregates["cv"]["real_time"] - statistics.stdev(times) / statistics.mean(times)) < 1e-6
    print("ok")
    """

  private func write(_ suite: String, in folder: TemporaryFolder) throws {
    try folder.write(suite.replacing("CONFIGS", with: Program.projectFolder + "/configs"), as: "suite.json")
  }

  @Test func aSuiteIsMeasuredAndReadBack() throws {
    let folder = try TemporaryFolder()
    try write(Self.suite, in: folder)
    let words = ["bench", "--suite", "suite.json", "--output", "out", "--progress", "none"]
    let run = try Program.run(words, in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    for line in run.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(run.output.contains("benchmark=small\n") && run.output.contains("benchmark=tiny\n"))
    let python = try Program(
      ["-I", "-c", Self.script, folder.path + "/out/google-benchmark.json"], executable: "/usr/bin/python3"
    ).end()
    #expect(python.exitCode == 0 && python.output == "ok\n", "\(python.errors)")
    let document = try JSONValue(parsing: Array(folder.text(of: "out/bench.json").utf8), fileName: "bench.json")
    #expect(document["command"] == "bench" && document["points"]?.elements?.count == 5)
    for point in try #require(document["points"]?.elements) {
      let (wall, iteration) = (point["wallSeconds"]?["median"], point["time"]?["iterationSeconds"]?["median"])
      #expect((point["status"] == "measured") == (wall?.doubleValue ?? 0 > iteration?.doubleValue ?? .infinity))
    }
    #expect(run.output.contains("     wall  time\n"))
    #expect(document["points"]?[1]?["schedule"]?["recomputedExecutions"]?.integerValue ?? 0 > 0)
    #expect(run.errors.contains("one run to warm up"), "\(run.errors)")
    // Nothing is measured again, until it is asked for.
    let before = try folder.text(of: "out/bench.json")
    let again = try Program.run(words, in: folder.path)
    #expect(again.exitCode == 0 && !again.errors.contains("warm up"), "\(again.errors)")
    #expect(try folder.text(of: "out/bench.json") == before)
    #expect(try Program.run(words + ["--again", "--repeats", "1"], in: folder.path).exitCode == 0)
    #expect(try folder.text(of: "out/bench.json") != before)
  }

  /// Beside the file that names it, wherever the user is.
  @Test func aScheduleFileIsFound() throws {
    let folder = try TemporaryFolder()
    let plan = try Program.run(["plan", "--config", Program.configuration("tiny"), "--checkpoint", "sqrt", "--json"])
    try folder.write(plan.output, as: "suite/configs/own.json")
    try folder.write(plan.output, as: "suite/beside.json")
    let tiny = try String(decoding: readFile(atPath: Program.configuration("tiny")), as: UTF8.self)
    try folder.write(
      tiny.replacing("\"seed\": 3,", with: "\"seed\": 3, \"checkpoint\": \"file:own.json\","),
      as: "suite/configs/c.json")
    try folder.write(
      """
      { "repeats": 1, "iterations": 3, "benchmarks": [
        { "config": "configs/c.json" },
        { "name": "suite", "config": "\(Program.configuration("tiny"))", "checkpoint": ["file:beside.json"] },
        { "name": "set", "config": "configs/c.json", "set": { "checkpoint": "file:own.json" } } ] }
      """, as: "suite/s.json")
    let run = try Program.run(["bench", "--suite", "suite/s.json", "--output", "out"], in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    let document = try JSONValue(parsing: Array(folder.text(of: "out/bench.json").utf8), fileName: "bench.json")
    #expect(document["points"]?.elements?.map { $0["status"] } == ["measured", "measured", "measured"])
  }

  static let mistakes: [(name: String, old: String, new: String, exitCode: Int32, message: String)] = [
    ("an unknown key", "\"repeats\"", "\"repeat\"", 78, "suite.json: has the unknown key \"repeat\""),
    (
      "repeats that are none", "\"repeats\": 2", "\"repeats\": 0", 78,
      "suite.json: repeats needs a whole number from 1 to 1000, found 0"
    ),
    (
      "a strategy that is none", "\"sqrt\"", "\"root\"", 78,
      "suite.json: benchmarks[0].checkpoint has \"root\"; allowed is"
    ),
    (
      "a budget that is none", "\"60%\"", "\"much\"", 78,
      "suite.json: benchmarks[0].activationBudget needs sizes such as"
    ),
    (
      "budgets of nothing", ", \"optimal\"]", "]", 78,
      "suite.json: benchmarks[0].activationBudget gives the budgets of optimal, which its checkpoint does not name"
    ),
    ("a configuration that is missing", "tiny.json\", \"set\"", "no.json\", \"set\"", 66, "no.json: cannot be read"),
    ("a key that is none", "training.batchSize", "training.batchSise", 78, "training.batchSise"),
    ("a point twice", "\"sqrt\"", "\"none\"", 78, "suite.json: benchmarks has the same strategy or budget twice"),
    (
      "a name twice", "{ \"config\"", "{ \"name\": \"small\", \"config\"", 78,
      "suite.json: benchmarks[1].name is \"small\", which another benchmark has"
    ),
    ("text that is no JSON", "\"benchmarks\": [", "\"benchmarks\": ", 78, "suite.json:"),
    (
      "a name that is no text", "{ \"config\"", "{ \"name\": 5, \"config\"", 78,
      "suite.json: benchmarks[1].name needs a text of one line, found 5"
    ),
    (
      "a name of no characters", "{ \"config\"", "{ \"name\": \"\", \"config\"", 78,
      "suite.json: benchmarks[1].name needs a text of one line, found \"\""
    ),
    (
      "a strategy in two places", "{ \"training.batchSize\": 20 }",
      "{ \"checkpoint\": \"none\" }, \"checkpoint\": \"sqrt\"", 78,
      "suite.json: benchmarks[1].set has checkpoint, which the benchmark itself gives"
    ),
    (
      "a number that is a text", "\"training.batchSize\": 20", "\"training.batchSize\": \"20\"", 78,
      "training.batchSize: found the string \"20\""
    ),
  ]

  @Test(arguments: mistakes)
  func mistakesAreToldBeforeAnythingIsMeasured(
    name: String, old: String, new: String, exitCode: Int32, message: String
  ) throws {
    let folder = try TemporaryFolder()
    try write(Self.suite.replacing(old, with: new), in: folder)
    let run = try Program.run(["bench", "--suite", "suite.json", "--output", "out"], in: folder.path)
    #expect(run.exitCode == exitCode, "\(name): \(run.errors)")
    #expect(run.errors.contains(message), "\(name): \(run.errors)")
    #expect(folder.names() == ["suite.json"], "\(name)")
  }
}
