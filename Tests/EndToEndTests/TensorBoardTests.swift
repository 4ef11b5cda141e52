import Configuration
import Glibc
import SystemCalls
import TestSupport
import Testing

/// `--tensorboard`: what stands in the event file, read by the test's own decoder and by the real package.
@Suite struct TensorBoardTests {
  /// A run of 3 epochs of 18 updates, and its event file.
  private func run(_ folder: TemporaryFolder, _ more: [String] = []) throws -> (report: JSONValue, path: String) {
    let run = try Program.run(
      [
        "--config", Program.configuration("tiny"), "--set", "training.epochs=3", "--tensorboard", "board", "--json",
        "--progress", "none",
      ] + more, in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    let names = folder.names(in: "board")
    #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents."))
    return (
      try JSONValue(parsing: Array(run.output.utf8), fileName: "standard output"), "\(folder.path)/board/\(names[0])"
    )
  }

  @Test func theFileHoldsEveryUpdateEpochAndLayer() throws {
    let folder = try TemporaryFolder()
    let (report, path) = try run(folder)
    let file = try EventFile(readFile(atPath: path))
    #expect(file.version == "brain.Event:2")
    let total = try #require(report["training"]?["iterations"]?.integerValue)
    #expect(total == 54)
    for tag in [
      "loss/train", "learning_rate", "gradient_norm/all", "iteration_seconds", "memory/activation_peak_bytes",
      "memory/process_peak_bytes",
    ] {
      #expect(file.steps(of: tag) == Array(1...total), "\(tag)")
      #expect(file.values(of: tag).allSatisfy { $0 > 0 }, "\(tag)")
    }
    #expect(
      file.values(of: "loss/train").first == report["training"]?["initialLoss"]?.doubleValue.map { Float($0) })
    #expect(file.values(of: "learning_rate").allSatisfy { $0 == 0.003 })
    let peak = try #require(report["memory"]?["activations"]?["measuredPeakBytes"]?.doubleValue)
    #expect(file.values(of: "memory/activation_peak_bytes").last == Float(peak))
    let epochs = try #require(report["training"]?["epochs"]?.elements)
    for (tag, key) in [
      ("loss/epoch", "trainLoss"), ("loss/validation", "validationLoss"), ("accuracy/validation", "validationAccuracy"),
    ] {
      #expect(file.steps(of: tag) == [18, 36, 54])
      #expect(file.values(of: tag) == epochs.map { Float($0[key]?.doubleValue ?? .nan) }, "\(tag)")
    }
    // The first update and the last, and between them as many twenty apart as cost little.
    let looks = file.steps(of: "gradient_norm/layers.0")
    #expect(looks.first == 1 && looks.last == 54 && looks.count <= 4)
    #expect(zip(looks, looks.dropFirst()).allSatisfy { $1 == 54 || $1 >= $0 + 20 }, "\(looks)")
    let stages = try #require(report["health"]?["stages"]?.elements)
    for (tag, key) in [
      ("gradient_norm", "gradientNorm"), ("activation_rms", "activationRms"), ("cotangent_rms", "cotangentRms"),
      ("update_ratio", "updateRatio"),
    ] {
      for (layer, stage) in zip(stride(from: 0, to: 18, by: 2), stages) {
        let name = "\(tag)/layers.\(layer)"
        #expect(file.steps(of: name) == looks, "\(name)")
        #expect(file.values(of: name).last == stage[key]?.doubleValue.map { Float($0) }, "\(name)")
      }
    }
  }

  @Test func writingChangesNoBitAndDamageIsSeen() throws {
    let folder = try TemporaryFolder()
    let (report, path) = try run(folder, ["--no-health"])
    let plain = try Program.run([
      "--config", Program.configuration("tiny"), "--set", "training.epochs=3", "--json", "--progress", "none",
    ])
    let reference = try JSONValue(parsing: Array(plain.output.utf8), fileName: "standard output")
    #expect(report["training"]?["parametersDigest"] == reference["training"]?["parametersDigest"])
    var bytes = try readFile(atPath: path)
    bytes[bytes.count / 2] ^= 1
    #expect(throws: EventFile.Damage.self) { try EventFile(bytes) }
  }

  /// Training goes on without a log that can no longer be written, and its weights are saved.
  @Test func aLogThatIsLostEndsNoTraining() throws {
    let folder = try TemporaryFolder()
    let program = try Program(SignalTests.endless + ["--tensorboard", "board", "--output", "out"], in: folder.path)
    try #require(eventually { try program.errorsSoFar().contains("  iteration 1/100000000  ") })
    for name in folder.names(in: "board") { try folder.remove("board/\(name)") }
    let removed = unsafe rmdir("\(folder.path)/board")
    #expect(removed == 0)
    // What is pending is written every two seconds; progress is told every five.
    try #require(eventually { try program.errorsSoFar().split(separator: "\n").count >= 2 })
    program.send(SIGINT)
    let run = try program.end()
    #expect(run.exitCode == 130, "\(run.errors)")
    #expect(run.errors.contains("bptrain: cannot write board/events.out.tfevents."), "\(run.errors)")
    #expect(folder.names(in: "out").contains("weights.safetensors"))
  }

  @Test func aFolderThatCannotBeMadeIsTold() throws {
    let run = try Program.run(["--config", Program.configuration("tiny"), "--tensorboard", "/proc/nowhere"])
    #expect(run.exitCode == 73 && run.errors.contains("/proc/nowhere"), "\(run.errors)")
  }

  static let python = ClientPython.path(importing: "tensorboard")

  private static let script = """
    import sys
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    board = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}).Reload()
    for tag in sorted(board.Tags()["scalars"]):
        events = board.Scalars(tag)
        print(tag, len(events), events[-1].step, repr(events[-1].value))
    """

  @Test(.enabled(if: python != nil, "no Python with the package tensorboard; make clients makes one"))
  func theRealPackageReadsTheSame() throws {
    let folder = try TemporaryFolder()
    let (_, path) = try run(folder)
    let file = try EventFile(readFile(atPath: path))
    let python = try Program(["-I", "-c", Self.script, folder.path + "/board"], executable: #require(Self.python)).end()
    #expect(python.exitCode == 0, "\(python.errors)")
    let lines = python.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(Set(lines.map { String($0[0]) }) == Set(file.scalars.map(\.tag)))
    for line in lines {
      let tag = String(line[0])
      #expect(Int(line[1]) == file.steps(of: tag).count && Int(line[2]) == file.steps(of: tag).last, "\(tag)")
      #expect(Double(line[3]).map { Float($0) } == file.values(of: tag).last, "\(tag)")
    }
  }
}
