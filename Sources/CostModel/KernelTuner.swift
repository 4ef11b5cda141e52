import ComputationGraph
package import Kernels
import SystemCalls

/// Measures by which method products of usual sizes are computed fastest here, for the whole team and for one thread.
///
/// A method has to be 4 % faster than the one of the shipped table to take its place. Made and used on the compute
/// thread.
package struct KernelTuner {
  /// One product by one method.
  package struct Measurement: Hashable, Sendable {
    package var productClass: ProductClass
    package var method: ProductMethod
    package var gigaflops: Double
    /// Of the shipped table's method.
    package var shippedGigaflops: Double

    package init(
      productClass: ProductClass, method: ProductMethod, gigaflops: Double, shippedGigaflops: Double
    ) {
      self.productClass = productClass
      self.method = method
      self.gigaflops = gigaflops
      self.shippedGigaflops = shippedGigaflops
    }
  }

  package static let batches = [16, 64, 256, 1024, 4096]
  package static let widths = [64, 128, 256, 512, 1024, 2048]
  /// Products of more operations take too long to measure; what holds for the next smaller is likely to hold for them.
  package static let mostOperations = 20_000_000_000
  private static let gain = 1.04
  /// Many short rounds, of which the quicker quarter counts: what disturbs a machine makes kernels slower and never
  /// faster.
  private static let rounds = 16
  /// Of products that take longer than a round.
  private static let fewestRounds = 4
  private static let nanosecondsOfRound = 600_000.0

  private let team: ThreadTeam

  package init(team: ThreadTeam) {
    self.team = team
  }

  /// The classes for which another method than the shipped table's was faster.
  ///
  /// - Parameters:
  ///   - batches, widths: sizes to try, each with each; layers have as many units as inputs.
  ///   - progress: hears of each class before it is measured.
  /// - Throws: `KernelError`, `ArenaMemoryError`, what `progress` throws.
  package func tune(
    batches: [Int] = KernelTuner.batches, widths: [Int] = KernelTuner.widths,
    progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) throws -> [Measurement] {
    let sizes = batches.flatMap { batch in widths.map { (batch: batch, width: $0) } }
      .filter { 2 * $0.batch * $0.width * $0.width <= Self.mostOperations }
    let teams = team.threadCount > 1 ? [false, true] : [false]
    let total = sizes.count * teams.count
    var found: [Measurement] = []
    var done = 0
    for (batch, width) in sizes {
      let operands = try ProductOperands(batch: batch, width: width, partCount: team.threadCount)
      for isAlone in teams {
        try progress(done, total)
        done += 1
        for direction in ProductDirection.allCases {
          found += try faster(direction, operands, isAlone: isAlone).map { [$0] } ?? []
        }
      }
    }
    return found
  }

  private func faster(
    _ direction: ProductDirection, _ operands: ProductOperands, isAlone: Bool
  ) throws -> Measurement? {
    let productClass = ProductClass(
      direction, threads: isAlone ? 1 : team.threadCount, batch: operands.batch, units: operands.width,
      inputs: operands.width)
    var candidates: [(method: ProductMethod?, product: BoundProduct)] = []
    var known: Set<[String]> = []
    for method in [nil] + ProductMethod.allCases.map(Optional.some) {
      let table = method.map { KernelTable.shipped.tuned([productClass: $0]) } ?? .shipped
      let threads = try MeasuredThreads(
        library: OneDNNKernels(team: team, table: table), team: team, partCount: isAlone ? team.threadCount : 1)
      let product = try operands.bind(direction, threads)
      if known.insert(product.implementationNames).inserted { candidates.append((method, product)) }
    }
    guard candidates.count > 1 else { return nil }
    var samples = candidates.map { _ in [Double]() }
    let start = monotonicNanoseconds()
    let allotted = UInt64(Self.nanosecondsOfRound) * UInt64(Self.rounds * candidates.count)
    for round in 0...Self.rounds where round <= Self.fewestRounds || monotonicNanoseconds() - start < allotted {
      for (index, candidate) in candidates.enumerated() {
        let seconds = candidate.product.seconds(nanoseconds: Self.nanosecondsOfRound)
        if round > 0 { samples[index].append(seconds) }
      }
    }
    let quickest = samples.map { $0.sorted()[$0.count / 4] }
    guard let best = quickest.indices.min(by: { quickest[$0] < quickest[$1] }), let method = candidates[best].method,
      quickest[best] * Self.gain < quickest[0]
    else { return nil }
    return Measurement(
      productClass: productClass, method: method, gigaflops: operands.gigaflops(quickest[best]),
      shippedGigaflops: operands.gigaflops(quickest[0]))
  }
}

/// Random operands of a square layer's three products, for each thread its own but for the weights.
private struct ProductOperands {
  let batch: Int
  let width: Int
  private let weights: RandomBlock
  private let parts: [Part]

  private struct Part {
    let rows: [RandomBlock]
    let weightGradient: RandomBlock
  }

  init(batch: Int, width: Int, partCount: Int) throws {
    self.batch = batch
    self.width = width
    weights = try RandomBlock(elementCount: width * width)
    parts = try (0..<partCount).map { _ in
      Part(
        rows: try (0..<2).map { _ in try RandomBlock(elementCount: batch * width) },
        weightGradient: try RandomBlock(elementCount: width * width))
    }
  }

  func gigaflops(_ seconds: Double) -> Double { 2e-9 * Double(batch) * Double(width * width) / seconds }

  func bind(_ direction: ProductDirection, _ threads: MeasuredThreads) throws -> BoundProduct {
    let (x, w) = (Shape(rows: batch, columns: width), Shape(rows: width, columns: width))
    let (operation, inputShapes, outputShape): (Operator, [Shape], Shape) =
      switch direction {
      case .forward: (.linear(bias: false, activation: nil), [x, w], x)
      case .inputGradient: (.linearInputGradient, [x, w], x)
      case .weightGradient: (.linearWeightGradient, [x, x], w)
      }
    let signature = KernelSignature(
      operation: operation, inputs: inputShapes, outputs: [outputShape], elementType: .float32)
    var kernels: [any BoundKernel] = []
    var scratchpads: [RandomBlock] = []
    for (library, part) in zip(threads.libraries, parts) {
      let (inputs, output) =
        direction == .weightGradient ? (part.rows, part.weightGradient) : ([part.rows[0], weights], part.rows[1])
      let scratchpad = try RandomBlock(elementCount: library.scratchpadByteCount(for: signature) / 4 + 1)
      kernels.append(
        try library.bind(
          signature, inputs: inputs.map(\.address), outputs: [output.address], scratchpad: scratchpad.address))
      scratchpads.append(scratchpad)
    }
    return BoundProduct(
      kernels: kernels, threads: threads, scratchpads: scratchpads,
      implementationNames: try threads.libraries[0].implementationNames(for: signature))
  }
}

/// A kernel for each part of the rows, with what has to live as long as they do.
private struct BoundProduct {
  let kernels: [any BoundKernel]
  let threads: MeasuredThreads
  let scratchpads: [RandomBlock]
  let implementationNames: [String]

  /// Seconds of one call, the mean over at least so long; where threads work side by side, of the first one's.
  func seconds(nanoseconds: Double) -> Double {
    let context = RunContext(seed: 0, iteration: 0)
    var firstMean = 0.0
    threads.forEachPart { part in
      let start = monotonicNanoseconds()
      var calls = 0
      var elapsed = 0.0
      repeat {
        kernels[part].run(context)
        calls += 1
        elapsed = Double(monotonicNanoseconds() - start)
      } while elapsed < nanoseconds
      if part == 0 { firstMean = elapsed * 1e-9 / Double(calls) }
    }
    return firstMean
  }
}
