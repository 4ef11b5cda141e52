import Configuration
import ComputationGraph
import Kernels
import SystemCalls
import TestSupport
import Testing

/// `--trace`, read back by a JSON parser that is not ours.
@Suite struct TraceTests {
  private static let script = """
    import json, sys
    trace = json.load(open(sys.argv[1])); report = json.load(open(sys.argv[2]))
    events = trace["traceEvents"]
    slices = [e for e in events if e["ph"] == "X"]
    threads = report["batch"]["threadParts"]
    assert trace["otherData"]["threads"] == threads
    assert {e["tid"] for e in slices} == set(range(1, threads + 1))
    categories = {e["cat"] for e in slices}
    assert categories == {"forward", "recompute", "backward", "update"}, categories
    assert all(e["dur"] >= 0 and e["name"] for e in slices)
    n = trace["otherData"]["tracedIterations"]
    time = report["time"]
    assert n == min(10, time["iterationSeconds"]["count"]), n
    runs = report["batch"]["microBatches"]
    stages = report["schedule"]["stages"]
    for tid in range(1, threads + 1):
        own = [e for e in slices if e["tid"] == tid]
        end = 0
        for e in own:
            assert e["ts"] >= end - 2e-3, "slices overlap"
            end = e["ts"] + e["dur"]
        products = [e for e in own if e["args"].get("operator", "").startswith("linear")]
        assert products and all(e["args"]["flops"] > 0 and e["args"]["bytes"] > 0 for e in products)
        executions = {"forward": 0, "recompute": 0}
        for e in own:
            # An instruction that runs tile by tile has a slice for each.
            if e["cat"] in executions and e["args"].get("operator", "").startswith("linear"):
                executions[e["cat"]] += e["args"].get("firstRow", 0) == 0
        tiles = [e["args"] for e in products if "rows" in e["args"]]
        assert bool(tiles) == (len(sys.argv) > 3), len(tiles)
        if tiles:
            assert len(tiles) > 3 * sum(t["firstRow"] == 0 for t in tiles)
            whole = max(t["firstRow"] + t["rows"] for t in tiles)
            assert whole * threads == report["config"]["training"]["batchSize"], whole
            # Of every product all rows, and all operations (bias and activation are some more), in whole iterations.
            assert sum(t["rows"] for t in tiles) % (n * whole) == 0
            forward = [e["args"] for e in products if e["cat"] == "forward"]
            operations = sum(a["flops"] for a in forward)
            widths = [16] + (stages - 1) * [32] + [4]
            least = n * sum(2 * whole * a * b for a, b in zip(widths, widths[1:]))
            assert least <= operations < 1.2 * least, (least, operations)
        assert executions["forward"] == n * runs * stages, executions
        assert 0 < executions["recompute"] <= n * runs * report["schedule"]["recomputedExecutions"]
    first = [e for e in slices if e["tid"] == 1]
    def mean(*categories): return sum(e["dur"] for e in first if e["cat"] in categories) / n * 1e-6
    def check(name, *categories):
        least, most = time[name]["minimum"], time[name]["maximum"]
        assert least * 0.999 - 1e-8 <= mean(*categories) <= most * 1.001 + 1e-8, (name, mean(*categories), time[name])
    check("iterationSeconds", "forward", "recompute", "backward", "update")
    check("forwardSeconds", "forward")
    check("backwardSeconds", "backward", "recompute")
    check("recomputeSeconds", "recompute")
    check("updateSeconds", "update")
    if n == time["iterationSeconds"]["count"] == 1:
        assert abs(mean(*categories) - time["iterationSeconds"]["median"]) < 1e-8
    live = [e for e in events if e["ph"] == "C" and e["name"] == "arena live bytes"]
    assert all(set(e["args"]) == {"activation", "cotangent", "workspace", "gradient"} for e in live)
    # Gradients have bytes in the arena where each is applied within the reverse pass.
    fused = report["config"]["optimizer"]["fused"] and threads == 1
    assert any(e["args"]["gradient"] > 0 for e in live) == fused
    peak = max(sum(e["args"].values()) for e in live)
    activations = report["memory"]["activations"]
    assert peak == activations["measuredPeakBytes"] == activations["plannedPeakBytes"], (peak, activations)
    flows = {}
    for e in events:
        if e["ph"] in "stf": flows.setdefault((e["tid"], e["id"]), []).append(e["ph"])
    assert len(flows) == n * runs * stages * threads, len(flows)
    assert all(f[0] == "s" and f[-1] == "f" and set(f[1:-1]) <= {"t"} for f in flows.values()), flows
    assert any("t" in f for f in flows.values()), "a recomputation is on an arrow"
    resident = [e["args"]["process"] for e in events if e["ph"] == "C" and e["name"] == "resident bytes"]
    # The kernel counts the present size in batches for each thread, and so may show a little more than its own peak.
    assert len(resident) == 2 * n
    assert 0 < max(resident) <= report["memory"]["process"]["measuredPeakBytes"] + (1 << 20), resident
    print("iterations", n, "threads", threads)
    """

  private static let tall = ["--set", "data.samples=4000", "--set", "training.batchSize=3600"]

  static let cases: [(name: String, arguments: [String], expected: String)] = [
    ("tiles of rows", tall + ["--iterations", "6", "--threads", "1"], "iterations 4 threads 1"),
    (
      "tiles of rows, two threads", tall + ["--iterations", "6", "--threads", "2"],
      "iterations 4 threads \(RowTiles.areUsed(in: .float32) ? 2 : 1)"
    ),
    ("one thread", ["--threads", "1", "--iterations", "9"], "iterations 7 threads 1"),
    ("two threads with rows of their own", ["--threads", "2", "--iterations", "9"], "iterations 7 threads 2"),
    ("more iterations than are traced", ["--threads", "2", "--iterations", "30"], "iterations 10 threads 2"),
    ("one iteration, to the nanosecond", ["--threads", "2", "--iterations", "3"], "iterations 1 threads 2"),
    (
      "fused updates", ["--threads", "1", "--iterations", "5", "--set", "optimizer.fused=true"],
      "iterations 3 threads 1"
    ),
    (
      "micro-batches", ["--threads", "2", "--iterations", "5", "--set", "training.microBatchSize=8"],
      "iterations 3 threads 2"
    ),
  ]

  @Test(arguments: cases)
  func aTraceAgreesWithTheReport(name: String, arguments: [String], expected: String) throws {
    let folder = try TemporaryFolder()
    let (trace, report) = (folder.path + "/trace.json", folder.path + "/report.json")
    let run = try Program.run(
      [
        "--config", Program.configuration("tiny"), "--checkpoint", "sqrt", "--trace", trace, "--report", report,
        "--quiet",
      ] + arguments)
    #expect(run.exitCode == 0, "\(name): \(run.errors)")
    let tiles = name.hasPrefix("tiles") && RowTiles.areUsed(in: .float32) ? ["tiles"] : []
    let python = try Program(["-I", "-c", Self.script, trace, report] + tiles, executable: "/usr/bin/python3").end()
    #expect(python.exitCode == 0, "\(name): \(python.errors)")
    #expect(python.output == expected + "\n", "\(name)")
  }

  @Test(arguments: [[], tall])
  func watchingChangesNoBit(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    func digest(_ more: [String]) throws -> Substring? {
      let run = try Program.run(
        [
          "--config", Program.configuration("tiny"), "--checkpoint", "sqrt", "--progress", "none", "--iterations", "5",
        ] + arguments + more)
      #expect(run.exitCode == 0, "\(run.errors)")
      return run.output.split(separator: "\n").last { $0.hasPrefix("parameters sha256:") }
    }
    let plain = try digest(["--no-health"])
    #expect(plain != nil)
    #expect(try digest([]) == plain)
    #expect(try digest(["--trace", folder.path + "/trace.json"]) == plain)
    #expect(try digest(["--verify"]) == plain)
    #expect(try digest(["--tensorboard", folder.path]) == plain)
  }

  @Test func aTraceThatCannotBeWrittenIsToldBeforeTraining() throws {
    let run = try Program.run(["--config", Program.configuration("tiny"), "--trace", "/nowhere/trace.json"])
    #expect(run.exitCode == 73)
    #expect(run.errors.contains("/nowhere/trace.json"))
  }

  /// What was trained is told all the same, in one document.
  @Test func aTraceThatIsLostLosesNoResult() throws {
    let run = try Program.run([
      "--config", Program.configuration("tiny"), "--iterations", "3", "--trace", "/dev/full", "--json", "--quiet",
    ])
    #expect(run.exitCode == 74)
    #expect(run.errors == "bptrain: cannot write /dev/full: No space left on device\n")
    let report = try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output")
    #expect(report["training"]?["parametersDigest"]?.stringValue != nil)
  }
}
