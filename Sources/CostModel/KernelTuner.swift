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
  private static let rounds = 5
  private static let nanosecondsOfRound = 2_000_000.0

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
      let operands = try ProductOperands(batch: batch, width: width)
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
    func kernel(_ table: KernelTable) throws -> (names: [String], kernel: BoundProduct) {
      var library: any KernelLibrary = try OneDNNKernels(team: team, table: table)
      if isAlone { library = try library.forOneThread() }
      return try operands.bind(direction, library)
    }
    var candidates: [(method: ProductMethod?, kernel: BoundProduct)] = []
    var known: Set<[String]> = []
    for method in [nil] + ProductMethod.allCases.map(Optional.some) {
      let table = method.map { KernelTable.shipped.tuned([productClass: $0]) } ?? .shipped
      let (names, kernel) = try kernel(table)
      if known.insert(names).inserted { candidates.append((method, kernel)) }
    }
    guard candidates.count > 1 else { return nil }
    var samples = candidates.map { _ in [Double]() }
    for round in 0...Self.rounds {
      for (index, candidate) in candidates.enumerated() {
        let seconds = candidate.kernel.seconds(nanoseconds: Self.nanosecondsOfRound)
        if round > 0 { samples[index].append(seconds) }
      }
    }
    let medians = samples.map { $0.sorted()[$0.count / 2] }
    guard let best = medians.indices.min(by: { medians[$0] < medians[$1] }), let method = candidates[best].method,
      medians[best] * Self.gain < medians[0]
    else { return nil }
    return Measurement(
      productClass: productClass, method: method, gigaflops: operands.gigaflops(medians[best]),
      shippedGigaflops: operands.gigaflops(medians[0]))
  }
}

/// Random operands of a square layer's three products.
private struct ProductOperands {
  let batch: Int
  let width: Int
  private let rows: [RandomBlock]
  private let weights: [RandomBlock]

  init(batch: Int, width: Int) throws {
    self.batch = batch
    self.width = width
    rows = try (0..<2).map { _ in try RandomBlock(elementCount: batch * width) }
    weights = try (0..<2).map { _ in try RandomBlock(elementCount: width * width) }
  }

  func gigaflops(_ seconds: Double) -> Double { 2e-9 * Double(batch) * Double(width * width) / seconds }

  func bind(
    _ direction: ProductDirection, _ library: any KernelLibrary
  ) throws -> (names: [String], kernel: BoundProduct) {
    let (x, w) = (Shape(rows: batch, columns: width), Shape(rows: width, columns: width))
    let (operation, inputs, output): (Operator, [(Shape, RandomBlock)], (Shape, RandomBlock)) =
      switch direction {
      case .forward: (.linear(bias: false, activation: nil), [(x, rows[0]), (w, weights[0])], (x, rows[1]))
      case .inputGradient: (.linearInputGradient, [(x, rows[0]), (w, weights[0])], (x, rows[1]))
      case .weightGradient: (.linearWeightGradient, [(x, rows[0]), (x, rows[1])], (w, weights[1]))
      }
    let signature = KernelSignature(
      operation: operation, inputs: inputs.map(\.0), outputs: [output.0], elementType: .float32)
    let scratchpad = try RandomBlock(elementCount: library.scratchpadByteCount(for: signature) / 4 + 1)
    let kernel = try library.bind(
      signature, inputs: inputs.map(\.1.address), outputs: [output.1.address], scratchpad: scratchpad.address)
    return (
      try library.implementationNames(for: signature),
      BoundProduct(kernel: kernel, library: library, scratchpad: scratchpad)
    )
  }
}

/// A kernel with what has to live as long as it does.
private struct BoundProduct {
  let kernel: any BoundKernel
  let library: any KernelLibrary
  let scratchpad: RandomBlock

  /// Seconds of one call, the mean over at least so long.
  func seconds(nanoseconds: Double) -> Double {
    let context = RunContext(seed: 0, iteration: 0)
    let start = monotonicNanoseconds()
    var calls = 0
    var elapsed = 0.0
    repeat {
      kernel.run(context)
      calls += 1
      elapsed = Double(monotonicNanoseconds() - start)
    } while elapsed < nanoseconds
    return elapsed * 1e-9 / Double(calls)
  }
}
