import ComputationGraph
import Kernels
import SystemCalls

/// Medians over repetitions of kernels on random data.
struct KernelBenchmark {
  static let shapes: [(batch: Int, units: Int, inputs: Int)] = [
    (16, 128, 128), (128, 64, 64), (512, 512, 512), (4096, 256, 256), (8192, 256, 256), (1024, 2048, 2048),
    (512, 10, 512),
  ]
  static let elementwiseShape = Shape(rows: 8192, columns: 256)

  let team: ThreadTeam
  let repetitions: Int
  let library: OneDNNKernels

  init(team: ThreadTeam, repetitions: Int) throws(KernelError) {
    self.team = team
    self.repetitions = repetitions
    library = try OneDNNKernels(team: team)
    team.setFlushToZero()
  }

  func run() throws(KernelError) -> KernelBenchmarkReport {
    var report = KernelBenchmarkReport(
      library: library.name, instructionSet: OneDNN.instructionSetName, threads: team.threadCount)
    report.markGigaflops = try mark()
    for (batch, units, inputs) in Self.shapes {
      let x = Shape(rows: batch, columns: inputs)
      let du = Shape(rows: batch, columns: units)
      let weight = Shape(rows: units, columns: inputs)
      let bias = Shape(rows: 1, columns: units)
      for (name, operation, operands) in [
        ("forward", Operator.linear(bias: true, activation: .relu), [x, weight, bias]),
        ("input gradient", .linearInputGradient, [du, weight]),
        ("weight gradient", .linearWeightGradient, [du, x]),
      ] {
        let (seconds, implementation) = try time(operation, operands)
        report.products.append(
          KernelBenchmarkReport.Product(
            batch: batch, units: units, inputs: inputs, name: name, milliseconds: seconds * 1e3,
            gigaflops: 2e-9 * Double(batch * units * inputs) / seconds, implementation: implementation))
      }
    }
    let shape = Self.elementwiseShape
    var elementwise: [(String, Operator, Int)] = [("bias gradient", .linearBiasGradient, 1), ("add", .add, 2)]
    for activation in [
      Activation.relu, .tanh, .sigmoid, .gelu(approximation: .none), .gelu(approximation: .tanh), .silu,
    ] {
      let name = activation == .gelu(approximation: .tanh) ? "gelu (tanh)" : activation.name
      elementwise.append((name, .activation(activation), 1))
      elementwise.append(("\(name) gradient", .activationGradient(activation), 2))
    }
    for (name, operation, operandCount) in elementwise {
      let operands = [Shape](repeating: shape, count: operandCount)
      let (seconds, implementation) = try time(operation, operands)
      let bytes = operation.bytesMoved(for: operands, elementType: .float32)
      report.elementwise.append(
        KernelBenchmarkReport.Elementwise(
          name: name, milliseconds: seconds * 1e3, gigabytesPerSecond: 1e-9 * Double(bytes) / seconds,
          implementation: implementation))
    }
    report.bindMicroseconds = try bindingCost()
    return report
  }

  /// Microseconds to bind one more kernel with a signature that is known already.
  private func bindingCost() throws(KernelError) -> Double {
    let shape = Shape(rows: 128, columns: 64)
    let inputs = [shape, Shape(rows: 64, columns: 64), Shape(rows: 1, columns: 64)]
    let signature = KernelSignature(
      operation: .linear(bias: true, activation: .relu), inputs: inputs, outputs: [shape], elementType: .float32)
    let scratchpad = try library.scratchpadByteCount(for: signature) == 0 ? nil : MemoryAddress(bitPattern: 64)
    let count = 100_000
    var kernels: [any BoundKernel] = []
    kernels.reserveCapacity(count)
    let clock = ContinuousClock()
    let start = clock.now
    for index in 0..<count {
      let addresses = (0..<4).map { MemoryAddress(bitPattern: UInt(64 * (4 * index + $0 + 1))) }
      kernels.append(
        try library.bind(
          signature, inputs: Array(addresses.prefix(3)), outputs: [addresses[3]], scratchpad: scratchpad))
    }
    let seconds = (clock.now - start) / .seconds(1)
    withExtendedLifetime(kernels) {}
    return 1e6 * seconds / Double(count)
  }

  /// oneDNN's `dnnl_sgemm` on 1024 x 1024 x 1024, GFLOP/s: a mark of the machine, not a kernel of this program.
  private func mark() throws(KernelError) -> Double {
    let size = 1024
    let buffers = (0..<3).map { Buffer(count: size * size, seed: UInt64($0)) }
    defer { withExtendedLifetime(buffers) {} }
    let seconds = try median { () throws(KernelError) in
      try OneDNN.multiplySquare(buffers[0].address, buffers[1].address, into: buffers[2].address, size: size)
    }
    return 2e-9 * Double(size * size * size) / seconds
  }

  private func time(_ operation: Operator, _ inputs: [Shape]) throws(KernelError) -> (Double, String) {
    guard let outputs = operation.outputShapes(for: inputs) else {
      throw KernelError("\(operation) does not take \(inputs)")
    }
    let signature = KernelSignature(operation: operation, inputs: inputs, outputs: outputs, elementType: .float32)
    let buffers = (inputs + outputs).enumerated().map { Buffer(count: $1.elementCount, seed: UInt64($0)) }
    let scratchpad = Buffer(count: try library.scratchpadByteCount(for: signature) / 4 + 1, seed: 9)
    defer { withExtendedLifetime((buffers, scratchpad)) {} }
    let addresses = buffers.map(\.address)
    let kernel = try library.bind(
      signature, inputs: Array(addresses.prefix(inputs.count)), outputs: Array(addresses.suffix(outputs.count)),
      scratchpad: scratchpad.address)
    let context = RunContext(seed: 0, iteration: 0)
    let seconds = try median { () throws(KernelError) in kernel.run(context) }
    var names = [String]()
    for name in try library.implementationNames(for: signature) where !names.contains(name) { names.append(name) }
    return (seconds, names.joined(separator: " + "))
  }

  /// Seconds of one call: the median over repetitions, each of enough calls for the clock.
  private func median(_ body: () throws(KernelError) -> Void) throws(KernelError) -> Double {
    let clock = ContinuousClock()
    func seconds(_ count: Int) throws(KernelError) -> Double {
      let start = clock.now
      for _ in 0..<count { try body() }
      return (clock.now - start) / .seconds(1)
    }
    _ = try seconds(2)
    let count = max(1, min(10_000, Int(0.02 / max(try seconds(1), 1e-7))))
    var all = [Double]()
    for _ in 0..<repetitions { all.append(try seconds(count) / Double(count)) }
    all.sort()
    return all[all.count / 2]
  }
}

/// Random float32 elements between -1 and 1, 64-byte aligned.
@safe private final class Buffer {
  private let memory: UnsafeMutableRawPointer

  init(count: Int, seed: UInt64) {
    unsafe memory = .allocate(byteCount: count * 4, alignment: 64)
    let generator = CounterBasedGenerator(seed: seed)
    for index in 0..<count {
      let word = generator.words(at: SIMD4(UInt32(truncatingIfNeeded: index), 0, 0, 0)).x
      unsafe memory.storeBytes(of: Float(word) * 0x1p-31 - 1, toByteOffset: index * 4, as: Float.self)
    }
  }

  deinit {
    unsafe memory.deallocate()
  }

  var address: MemoryAddress { unsafe MemoryAddress(bitPattern: UInt(bitPattern: memory)) }
}
