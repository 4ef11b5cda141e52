import ArenaMemory
package import ComputationGraph
package import Configuration
import CostModel
import ExecutionPlanning
package import Kernels
import SystemCalls

/// Seconds of what every iteration spends on all parameters at once, beside its forward and reverse passes.
package struct UpdatePrediction: Hashable, Sendable {
  /// Gradients made zero where batches are split, and those of threads with rows of their own added up: part of the
  /// reverse pass.
  package var gradientSeconds: Double
  /// The gradients' norm, clipping, and the optimizer's pass.
  package var updateSeconds: Double

  package static let none = UpdatePrediction(gradientSeconds: 0, updateSeconds: 0)
}

/// What is done with all parameters in every iteration.
package struct UpdateWork: Hashable, Sendable {
  package var optimizer: OptimizerConfiguration
  package var clip: GradientClip?
  /// What the network computes in, which decides whether a rounded copy of the parameters is made.
  package var elementType: ElementType
  /// Elements of all parameters, gaps between them included.
  package var elementCount: Int
  /// Copies of the gradients of threads with rows of their own.
  package var gradientCopyCount: Int
  /// Whether gradients of micro-batches are added up.
  package var zeroesGradients: Bool

  package init(optimizer: OptimizerConfiguration, clip: GradientClip?, plans: TrainingPlans) {
    self.optimizer = optimizer
    self.clip = clip
    let layout = ParameterLayout(of: plans.training.graph, optimizerStateCount: 0)
    elementType = layout.elementType
    elementCount = layout.blockByteCount / layout.elementType.accumulationType.byteCount
    gradientCopyCount = plans.gradientCopyCount
    zeroesGradients = plans.sizes.splitsBatches
  }

  /// - Throws: where the scratch memory of a measurement is refused.
  package func prediction(_ costs: PlanCosts, team: ThreadTeam) throws -> UpdatePrediction {
    guard elementCount > 0 else { return .none }
    switch costs {
    case .operationCounts(let rates): return counted(rates)
    case .measured(let source):
      let possible = min(Self.mostBytes, source.limits.scratchBytes) / (4 * numberCount)
      let rows = max(1, min(elementCount, possible) / Self.columns)
      let scale = Double(elementCount) / Double(rows * Self.columns)
      // Made once, and only where one of the two is not known.
      var trial: UpdateTrial?
      func measured(_ name: String, _ seconds: (UpdateTrial, UInt64) -> Double) throws -> Double? {
        try source.seconds(for: "\(name) \(elementType.rawValue) \(rows * Self.columns)") { nanoseconds in
          let made = try trial ?? UpdateTrial(of: self, rows: rows, columns: Self.columns, team: team)
          trial = made
          return seconds(made, min(nanoseconds, Self.mostNanoseconds))
        }.map { $0 * scale }
      }
      guard let update = try measured(name, { $0.updateSeconds(nanoseconds: $1) }) else { return counted(.generated) }
      guard zeroesGradients || gradientCopyCount > 0 else {
        return UpdatePrediction(gradientSeconds: 0, updateSeconds: update)
      }
      let gradients = try measured("gradients\(zeroesGradients ? "+zero" : "") copies \(gradientCopyCount)") {
        $0.gradientSeconds(nanoseconds: $1)
      }
      return UpdatePrediction(
        gradientSeconds: gradients ?? counted(.generated).gradientSeconds, updateSeconds: update)
    }
  }

  /// By the bytes that are read and written.
  private func counted(_ rates: OperationRates) -> UpdatePrediction {
    // The gradients are read for their norm and again for the update, which writes all others; the norm of added
    // gradients comes with the sum, which reads all and writes one.
    let passes = 2 * (1 + optimizer.stateCount) + (gradientCopyCount > 0 ? 1 : 2)
    let roundedShare = elementType == .bfloat16 ? 0.5 : 0
    let gradientPasses =
      (zeroesGradients ? 1 + gradientCopyCount : 0) + (gradientCopyCount > 0 ? gradientCopyCount + 2 : 0)
    let secondsOfPass = Double(elementType.accumulationType.byteCount * elementCount) / rates.bytesPerSecond
    return UpdatePrediction(
      gradientSeconds: Double(gradientPasses) * secondsOfPass,
      updateSeconds: (Double(passes) + roundedShare) * secondsOfPass)
  }

  /// Numbers for each element: the parameter, its gradients, and the optimizer's state.
  private var numberCount: Int { 2 + gradientCopyCount + optimizer.stateCount }

  /// More than a cache holds.
  private static let mostBytes = 96 << 20
  private static let mostNanoseconds: UInt64 = 20_000_000
  /// Of the one parameter that is updated: a power of two, so that there are no gaps.
  private static let columns = 64

  private var name: String {
    let pass =
      switch optimizer {
      case .sgd(let sgd): sgd.momentum == 0 ? "sgd" : "sgd+momentum"
      case .adam: "adam"
      case .adamw: "adamw"
      }
    let clipping = if case .value = clip { "+clip" } else { "" }
    return "update \(pass)\(clipping)\(gradientCopyCount > 0 ? "" : "+norm")"
  }
}

/// One parameter [rows, columns] with its gradients and optimizer state, to be updated and timed.
private final class UpdateTrial {
  private let storage: ParameterStorage<Float>
  private let copies: [MemoryBlock]
  private let updater: ParameterUpdater<Float>
  private let sum: GradientSum
  private let filling: MemoryFilling
  private let zeroesGradients: Bool

  init(of work: UpdateWork, rows: Int, columns: Int, team: ThreadTeam) throws {
    let network = NetworkDescription(
      layers: [.linear(units: rows, bias: false)], loss: .meanSquaredError, inputFeatures: columns, targetColumns: rows,
      elementType: work.elementType)
    let graph = try Graph(network, batchRows: 1, mode: .training)
    let memory = try JemallocArena()
    let storage = try ParameterStorage<Float>(for: graph, optimizerStateCount: work.optimizer.stateCount, in: memory)
    self.storage = storage
    copies = try (0..<work.gradientCopyCount).map { _ in
      try MemoryBlock(streamedByteCount: storage.gradientBlock.byteCount, zeroed: true, in: memory)
    }
    try storage.prefault()
    var operands = OperandFilling()
    for block in [storage.parameterBlock, storage.gradientBlock] + copies {
      try operands.write(.noise, count: storage.elementCount, to: block, atByte: 0)
    }
    updater = ParameterUpdater(storage: storage, optimizer: work.optimizer, clip: work.clip, team: team)
    sum = GradientSum(
      total: storage.gradientBlock.address, copies: copies.map(\.address), elementType: .float32, team: team)
    filling = MemoryFilling(team: team)
    zeroesGradients = work.zeroesGradients
  }

  /// Of updates at so small a rate that the parameter stays what it is.
  func updateSeconds(nanoseconds: UInt64) -> Double {
    Self.median(nanoseconds: nanoseconds) {
      updater.update(learningRate: 1e-12, gradientNorm: copies.isEmpty ? updater.gradientNorm() : 1)
    }
  }

  /// Of sums, and of zeros that are written afterwards, so that sums are none of zeros.
  func gradientSeconds(nanoseconds: UInt64) -> Double {
    var seconds = 0.0
    if !copies.isEmpty {
      seconds += Self.median(nanoseconds: nanoseconds) {
        _ = sum.add(copyCount: copies.count, count: storage.elementCount)
      }
    }
    if zeroesGradients {
      seconds += Self.median(nanoseconds: nanoseconds / 4) {
        for block in [storage.gradientBlock] + copies { filling.zeroBytes(at: block.address, count: block.byteCount) }
      }
    }
    return seconds
  }

  /// The median of at least three runs and at most 24, one before them not counted.
  private static func median(nanoseconds: UInt64, _ body: () -> Void) -> Double {
    let end = monotonicNanoseconds() + nanoseconds
    var samples: [Double] = []
    repeat {
      let start = monotonicNanoseconds()
      body()
      samples.append(Double(monotonicNanoseconds() - start) * 1e-9)
    } while samples.count < 4 || (samples.count < 25 && monotonicNanoseconds() < end)
    let settled = samples.dropFirst().sorted()
    return settled[settled.count / 2]
  }
}
