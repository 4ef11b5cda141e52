import ArenaMemory
package import ComputationGraph
package import Kernels
package import SystemCalls

/// What the machine gives at best, by which training steps are judged.
package struct MachineLimits: Hashable, Sendable {
  /// `dnnl_sgemm` on 1024 x 1024 x 1024, neither operand transposed, in GFLOP/s: the mark of every floor.
  package var productGigaflops: Double
  /// Bytes read and written per second, in GB/s, by the sum of two arrays far larger than the caches.
  package var memoryGigabytesPerSecond: Double
  /// One parallel region that does nothing, in microseconds.
  package var barrierMicroseconds: Double

  package init(productGigaflops: Double, memoryGigabytesPerSecond: Double, barrierMicroseconds: Double) {
    self.productGigaflops = productGigaflops
    self.memoryGigabytesPerSecond = memoryGigabytesPerSecond
    self.barrierMicroseconds = barrierMicroseconds
  }

  /// Measures them, in about half a second and 400 MiB of memory, which are given back.
  ///
  /// - Throws: `ArenaMemoryError` where the system refuses that memory, `KernelError`.
  package init(team: ThreadTeam, library: OneDNNKernels) throws {
    let size = 1024
    let operands = try (0..<3).map { _ in try RandomBlock(elementCount: size * size) }
    defer { withExtendedLifetime(operands) {} }
    productGigaflops =
      2e-9 * Double(size * size * size)
      / (try medianSeconds(callsPerSample: 4) {
        try OneDNN.multiplySquare(operands[0].address, operands[1].address, into: operands[2].address, size: size)
      })
    memoryGigabytesPerSecond = try Self.memoryRate(library)
    barrierMicroseconds = 1e6 * (try medianSeconds(callsPerSample: 1000) { team.parallel { _, _ in } })
  }

  private static func memoryRate(_ library: OneDNNKernels) throws -> Double {
    let shape = Shape(rows: 1 << 14, columns: 1 << 11)
    let blocks = try (0..<3).map { _ in try RandomBlock(elementCount: shape.elementCount) }
    defer { withExtendedLifetime(blocks) {} }
    let kernel = try library.bind(
      KernelSignature(operation: .add, inputs: [shape, shape], outputs: [shape], elementType: .float32),
      inputs: [blocks[0].address, blocks[1].address], outputs: [blocks[2].address], scratchpad: nil)
    let context = RunContext(seed: 0, iteration: 0)
    return 3e-9 * Double(shape.elementCount * 4) / (try medianSeconds(callsPerSample: 1) { kernel.run(context) })
  }
}

/// Seconds of one call: the median of nine samples after two calls that do not count.
package func medianSeconds(callsPerSample: Int, _ body: () throws -> Void) throws -> Double {
  for _ in 0..<2 { try body() }
  let samples = try (0..<9).map { _ in
    let start = monotonicNanoseconds()
    for _ in 0..<callsPerSample { try body() }
    return Double(monotonicNanoseconds() - start) * 1e-9 / Double(callsPerSample)
  }
  return samples.sorted()[samples.count / 2]
}

/// Elements between -1 and 1, none of them zero for long.
package struct RandomBlock {
  private let block: MemoryBlock

  package var address: MemoryAddress { block.address }

  package init(elementCount: Int, elementType: ElementType = .float32) throws {
    let width = elementType.byteCount
    block = try MemoryBlock(byteCount: elementCount * width, alignment: 1 << 21, in: JemallocArena())
    let piece = (0..<min(elementCount, 1 << 16)).map { Float(($0 &* 7919) % 2003) / 1001.5 - 1 }
    for start in stride(from: 0, to: elementCount, by: piece.count) {
      let part = piece.prefix(elementCount - start)
      switch elementType {
      case .float32: try block.write(Array(part), atByte: start * width)
      case .bfloat16: try block.write(part.map { Conversion.rounded($0) }, atByte: start * width)
      case .float64: try block.write(part.map { Double($0) }, atByte: start * width)
      }
    }
  }
}
