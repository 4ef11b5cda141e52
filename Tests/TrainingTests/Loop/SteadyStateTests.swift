import ArenaMemory
import Kernels
import Synchronization
import SystemCalls
import Testing
import Training

/// An iteration in the steady state takes no memory, by jemalloc's own counters.
///
/// jemalloc allocates for the whole process: for Swift's objects and for oneDNN too. In float64, on our own kernels,
/// what each thread of the team ever allocated and freed stays the same to the byte. In float32 oneDNN makes a map of
/// the arguments at each call of a primitive and frees it: what was allocated is freed, the same in every iteration,
/// and what our arenas ever gave out stays the same.
@Suite struct SteadyStateTests {
  /// One reading of every counter.
  struct Reading: Equatable, Sendable {
    /// Of the thread that runs the loop, and of its helper in the team.
    var calling = Counters()
    var helping = Counters()
    var parameterArena: JemallocArenaStatistics?
    var activationArena: JemallocArenaStatistics?
  }

  struct Counters: Equatable, Sendable {
    var allocatedBytes: UInt64 = 0
    var deallocatedBytes: UInt64 = 0
  }

  /// Where the helping thread leaves its counters; nothing is allocated to do so.
  private final class HelpersCounters: Sendable {
    let allocatedBytes = Atomic<UInt64>(0)
    let deallocatedBytes = Atomic<UInt64>(0)
  }

  /// Batches of 32, 40 in an epoch, and a shorter last one; every kind of layer.
  static func configuration(precision: String, checkpoint: String) -> String {
    """
    {
      "seed": 5, "precision": "\(precision)",
      "data": { "type": "synthetic", "samples": 1290, "features": 24, "outputs": 3, "task": "classification" },
      "model": { "layers": [
        { "type": "linear", "units": 48 }, { "type": "batchNorm" }, { "type": "relu" },
        { "type": "repeat", "count": 6, "layers": [
          { "type": "residual", "layers": [
            { "type": "layerNorm" }, { "type": "linear", "units": 64 }, { "type": "gelu" },
            { "type": "dropout", "rate": 0.1 }, { "type": "linear", "units": 48 } ] },
          { "type": "linear", "units": 48 }, { "type": "tanh" } ] },
        { "type": "linear", "units": 3 } ] },
      "loss": "softmaxCrossEntropy",
      "optimizer": { "type": "adamw" },
      "schedule": { "type": "cosine", "warmupIterations": 5 },
      "training": { "epochs": 2, "batchSize": 32, "gradientClip": { "norm": 1 } },
      "checkpoint": "\(checkpoint)"
    }
    """
  }

  private static let helpersCounters = HelpersCounters()

  /// Reads the counters, each thread its own.
  private static func read<Element: TrainingElement>(_ run: TrainingRun<Element>) throws -> Reading {
    run.team.parallel { index, _ in
      guard index == 1 else { return }
      do {
        let counters = try ThreadAllocation.ofCallingThread()
        helpersCounters.allocatedBytes.store(counters.allocatedBytes, ordering: .relaxed)
        helpersCounters.deallocatedBytes.store(counters.deallocatedBytes, ordering: .relaxed)
      } catch {
        Issue.record(error)
      }
    }
    let own = try ThreadAllocation.ofCallingThread()
    return Reading(
      calling: Counters(allocatedBytes: own.allocatedBytes, deallocatedBytes: own.deallocatedBytes),
      helping: Counters(
        allocatedBytes: helpersCounters.allocatedBytes.load(ordering: .relaxed),
        deallocatedBytes: helpersCounters.deallocatedBytes.load(ordering: .relaxed)),
      parameterArena: try run.session.storage.parameterBlock.jemallocArena.statistics(),
      activationArena: try run.session.arena.block.jemallocArena.statistics())
  }

  /// Readings after three iterations, the later two equally far apart.
  private static func readings<Element: TrainingElement>(
    precision: String, checkpoint: String, verify: Bool, as type: Element.Type
  ) throws -> [Reading] {
    let run = try TrainingRun<Element>(
      configuration(precision: precision, checkpoint: checkpoint), options: TrainingOptions(verify: verify), threads: 2)
    var readings: [Reading] = []
    readings.reserveCapacity(3)
    _ = try run.trainer.train(
      progress: {
        // The second time through the data every plan has run; its last, shorter batch is left out.
        let place = $0.iteration - 43
        // The first reading of all makes what reading takes.
        if place == -1 { _ = try read(run) }
        if place == 0 || place == 19 || place == 38 { readings.append(try read(run)) }
      }, shouldStop: { false })
    return readings
  }

  @Test(arguments: ["none", "sqrt"], [false, true])
  func anIterationTakesNoMemory(checkpoint: String, verify: Bool) throws {
    try expectNoMemoryTaken(precision: "float32", checkpoint: checkpoint, verify: verify)
  }

  @Test func anIterationInBFloat16TakesNoMemory() throws {
    try expectNoMemoryTaken(precision: "bfloat16", checkpoint: "sqrt", verify: false)
  }

  private func expectNoMemoryTaken(precision: String, checkpoint: String, verify: Bool) throws {
    // On a thread of its own, whose counters nobody else moves.
    let (single, double) = try ComputeThread().run {
      (
        try Self.readings(precision: precision, checkpoint: checkpoint, verify: verify, as: Float.self),
        try Self.readings(precision: "float64", checkpoint: checkpoint, verify: verify, as: Double.self)
      )
    }
    #expect(double.count == 3 && double[0].calling.allocatedBytes > 1000 && double[0].activationArena != nil)
    for later in double.dropFirst() {
      #expect(later.parameterArena == double[0].parameterArena && later.activationArena == double[0].activationArena)
    }

    #expect(single.count == 3)
    func taken(_ counters: (Reading) -> Counters, _ late: Int, _ early: Int) -> Counters {
      Counters(
        allocatedBytes: counters(single[late]).allocatedBytes - counters(single[early]).allocatedBytes,
        deallocatedBytes: counters(single[late]).deallocatedBytes - counters(single[early]).deallocatedBytes)
    }
    for counters: (Reading) -> Counters in [{ $0.calling }, { $0.helping }] {
      let first = taken(counters, 1, 0)
      #expect(first.allocatedBytes == first.deallocatedBytes)
      #expect(taken(counters, 2, 1) == first)
    }
    for reading in single[1...] {
      #expect(reading.parameterArena == single[0].parameterArena)
      #expect(reading.activationArena == single[0].activationArena)
    }
    print("oneDNN, in an iteration of \(precision): \(taken(\.calling, 1, 0).allocatedBytes / 19) bytes, freed at once")
  }
}
