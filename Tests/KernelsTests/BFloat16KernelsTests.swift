import ComputationGraph
import SystemCalls
import Testing

import Kernels

extension TestMatrix<Float> {
  /// Every element rounded to bfloat16.
  fileprivate var rounded: TestMatrix<Float> {
    TestMatrix(rows, columns, values.map { Float(bitPattern: UInt32(Conversion.rounded($0)) << 16) })
  }
}

/// Kernels on bfloat16 activations: they read what float32 kernels would, compute as these do, and round.
@Suite struct BFloat16KernelsTests {
  /// The operands of an operator with those rounded that a bfloat16 kernel reads so.
  private func rounded(_ operands: [TestMatrix<Float>], for operation: Operator) -> [TestMatrix<Float>] {
    zip(operands, operation.inputTypes(count: operands.count, in: .bfloat16)).map {
      $1 == .bfloat16 ? $0.rounded : $0
    }
  }

  private func roundedResults(_ results: [TestMatrix<Float>], of operation: Operator) -> [TestMatrix<Float>] {
    operation.outputType(in: .bfloat16) == .bfloat16 ? results.map(\.rounded) : results
  }

  // MARK: Conversion

  /// Every upper half with lower halves on both sides of a tie, in whole vectors and in a part of one.
  @Test func roundingIsToTheNearestTiesToEven() {
    var bits: [UInt32] = []
    for upper in UInt32(0)...0xFFFF {
      for lower: UInt32 in [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF] { bits.append(upper << 16 | lower) }
    }
    bits.removeLast(5)
    let numbers = bits.map { Float(bitPattern: $0) }
    for threadCount in [1, 2] {
      let found = rounded(numbers, ThreadTeam(threadCount: threadCount))
      for (number, found) in zip(numbers, found) where found != Conversion.rounded(number) {
        Issue.record("\(number) (\(number.bitPattern)) became \(found), not \(Conversion.rounded(number))")
        return
      }
    }
    for number in numbers where number.isNormal {
      let found = Float(bitPattern: UInt32(Conversion.rounded(number)) << 16)
      let below = Float(bitPattern: number.bitPattern & 0xFFFF_0000)
      let above = Float(bitPattern: (number.bitPattern & 0xFFFF_0000) &+ 0x1_0000)
      guard above.isFinite else { continue }
      let distances = (abs(Double(number) - Double(below)), abs(Double(above) - Double(number)))
      let isEven = below.bitPattern >> 16 & 1 == 0
      let expected = distances.0 < distances.1 || (distances.0 == distances.1 && isEven) ? below : above
      #expect(found == expected)
      if found != expected { return }
    }
    let special: [(Float, UInt16)] = [
      (.infinity, 0x7F80), (-.infinity, 0xFF80), (.greatestFiniteMagnitude, 0x7F80), (-0.0, 0x8000),
      (Float(bitPattern: 0x1_1111), 0),
      (Float(bitPattern: 0x8001_1111), 0x8000), (.leastNormalMagnitude, 0x0080), (.nan, 0x7FC0),
      (.signalingNaN, 0x7FE0), (1, 0x3F80),
    ]
    for (number, bits) in special { #expect(Conversion.rounded(number) == bits, "\(number)") }
  }

  private func rounded(_ numbers: [Float], _ team: ThreadTeam) -> [UInt16] {
    var result = Array(repeating: UInt16(0x1234), count: numbers.count + 40)
    unsafe numbers.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        Conversion.round(
          MemoryAddress(bitPattern: UInt(bitPattern: source.baseAddress)),
          to: MemoryAddress(bitPattern: UInt(bitPattern: target.baseAddress)), count: numbers.count, team: team)
      }
    }
    #expect(result[numbers.count...].allSatisfy { $0 == 0x1234 }, "wrote beyond the end")
    return Array(result.prefix(numbers.count))
  }

  @Test func wideningIsExact() {
    let bits = (UInt16(0)...UInt16.max).map { $0 }
    var result = Array(repeating: Float(0), count: bits.count)
    unsafe bits.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { target in
        Conversion.widen(
          MemoryAddress(bitPattern: UInt(bitPattern: source.baseAddress)),
          to: MemoryAddress(bitPattern: UInt(bitPattern: target.baseAddress)), count: bits.count,
          team: ThreadTeam(threadCount: 2))
      }
    }
    #expect(result.map(\.bitPattern) == bits.map { UInt32($0) << 16 })
  }

  // MARK: Own kernels

  @Test(arguments: ParallelKernelsTests.operations, ParallelKernelsTests.shapes)
  nonisolated func ownKernelsAreFloat32KernelsRounded(operation: Operator, shape: Shape) throws {
    let inputs = rounded(try ParallelKernelsTests.operands(for: operation, shape), for: operation)
    let context = RunContext(seed: 9, iteration: 4, firstRow: 3)
    for threadCount in 1...3 {
      let library = ParallelKernels(team: ThreadTeam(threadCount: threadCount))
      let expected = roundedResults(try run(library, operation, inputs, context: context), of: operation).map(\.bits)
      for addresses in TestAddresses.allCases {
        let found = try run(library, operation, inputs, narrow: true, addresses: addresses, context: context)
        #expect(found.map(\.bits) == expected, "\(operation) \(shape), \(threadCount) threads")
        for input in operation.overwritableInputs {
          let inPlace = try run(
            library, operation, inputs, narrow: true, inPlace: input, addresses: addresses, context: context)
          #expect(inPlace.map(\.bits) == expected, "\(operation) \(shape) over input \(input)")
        }
      }
      if operation.isSumOverRows {
        let added = try run(library, operation, inputs, narrow: true, addsTo: 3)
        #expect(added.map(\.bits) == (try run(library, operation, inputs, addsTo: 3)).map(\.bits))
      }
    }
  }

  // MARK: oneDNN

  /// Half of the last of 8 bits for each rounded element, a little more where an activation follows a rounded product.
  private func expectKernel(
    _ library: OneDNNKernels, _ operation: Operator, _ operands: [TestMatrix<Float>], tolerance: Double
  ) throws {
    let inputs = rounded(operands, for: operation)
    let expected = try run(ReferenceKernels(), operation, inputs.map { $0.converted(to: Double.self) })[0]
    let found = try run(library, operation, inputs, narrow: true)[0]
    let error = relativeNormError(found, expected)
    let allowed = operation.outputType(in: .bfloat16) == .bfloat16 ? tolerance : 1e-6
    #expect(error <= allowed, "\(operation) \(inputs.map(\.shape)): \(error)")
    for addresses in TestAddresses.allCases {
      #expect(try run(library, operation, inputs, narrow: true, addresses: addresses)[0].bits == found.bits)
      for input in operation.overwritableInputs {
        let inPlace = try run(library, operation, inputs, narrow: true, inPlace: input, addresses: addresses)
        #expect(inPlace[0].bits == found.bits, "\(operation) over input \(input)")
      }
    }
    if operation.isSumOverRows {
      let added = try run(library, operation, inputs, narrow: true, addsTo: 0.5)[0]
      let sum = TestMatrix(expected.rows, expected.columns, expected.values.map { $0 + 0.5 })
      #expect(relativeNormError(added, sum) <= allowed, "\(operation) added")
    }
  }

  static let sizes = [
    ProductCase(batch: 1, units: 1, inputs: 1), ProductCase(batch: 3, units: 7, inputs: 129),
    ProductCase(batch: 16, units: 64, inputs: 64), ProductCase(batch: 128, units: 129, inputs: 33),
    ProductCase(batch: 512, units: 512, inputs: 96), ProductCase(batch: 2500, units: 48, inputs: 33),
    ProductCase(batch: 4096, units: 10, inputs: 64),
  ]

  @Test(arguments: sizes)
  nonisolated func productsMatchTheReference(size: ProductCase) throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    var random = TestRandom(UInt64(size.batch * 1_000_003 + size.units * 1009 + size.inputs))
    let x: TestMatrix<Float> = random.matrix(size.batch, size.inputs)
    let weight: TestMatrix<Float> = random.matrix(size.units, size.inputs)
    let bias: TestMatrix<Float> = random.matrix(1, size.units)
    let du: TestMatrix<Float> = random.matrix(size.batch, size.units)
    try expectKernel(library, .linear(bias: true, activation: nil), [x, weight, bias], tolerance: 0x1p-8)
    try expectKernel(library, .linear(bias: false, activation: nil), [x, weight], tolerance: 0x1p-8)
    try expectKernel(library, .linearInputGradient, [du, weight], tolerance: 0x1p-8)
    try expectKernel(library, .linearWeightGradient, [du, x], tolerance: 0x1p-8)
  }

  @Test(arguments: allActivations, [(1, 1), (3, 7), (16, 129), (1000, 64)])
  nonisolated func activationsMatchTheReference(activation: Activation, size: (Int, Int)) throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    var random = TestRandom(11)
    for scale in [0.01, 1, 12] {
      let u: TestMatrix<Float> = random.matrix(size.0, size.1, scale: scale)
      let dh: TestMatrix<Float> = random.matrix(size.0, size.1)
      try expectKernel(library, .activation(activation), [u], tolerance: 0x1p-8)
      let h = try run(library, .activation(activation), [u], narrow: true)[0]
      let saved = activation.savedSide == .input ? u : h
      try expectKernel(library, .activationGradient(activation), [dh, saved], tolerance: 0x1p-8)
    }
  }

  /// Every bfloat16 there is, subnormal ones and not-a-number (whatever its sign) among them.
  @Test(
    arguments: [.tanh, .gelu(approximation: .none), .gelu(approximation: .tanh), .softplus, .elu(alpha: 0.7)]
      as [Activation])
  nonisolated func ownActivationsAreFloat32KernelsRounded(activation: Activation) throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    func bits(_ matrix: TestMatrix<Float>) -> [UInt32] {
      matrix.values.map { $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
    }
    // 257 rows of 255, and one that no vector divides.
    let all = (UInt32(0)...0xFFFF).map { Float(bitPattern: $0 << 16) }
    let u = TestMatrix<Float>(257, 255, Array(all.prefix(257 * 255)))
    for inputs in [u, TestMatrix<Float>(1, 4099, Array(all.suffix(4099)))] {
      let expected = try run(library, .activation(activation), [inputs])[0].rounded
      #expect(bits(try run(library, .activation(activation), [inputs], narrow: true)[0]) == bits(expected))
      guard activation.savedSide == .input else { continue }
      let dh = TestMatrix<Float>(inputs.rows, inputs.columns, inputs.values.indices.map { Float($0 % 7) - 3 })
      let gradient = try run(library, .activationGradient(activation), [dh, inputs])[0].rounded
      let found = try run(library, .activationGradient(activation), [dh, inputs], narrow: true)[0]
      #expect(bits(found) == bits(gradient))
    }
  }

  /// An activation in the product's kernel starts from the rounded product, as one behind it does.
  @Test(arguments: allActivations.filter { $0.savedSide == .output }, sizes)
  nonisolated func fusedAndSeparateActivationsAreTheSameBits(activation: Activation, size: ProductCase) throws {
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    var random = TestRandom(7)
    let x: TestMatrix<Float> = random.matrix(size.batch, size.inputs)
    let weight: TestMatrix<Float> = random.matrix(size.units, size.inputs)
    let bias: TestMatrix<Float> = random.matrix(1, size.units)
    let fused = Operator.linear(bias: true, activation: activation)
    try expectKernel(library, fused, [x, weight, bias], tolerance: 0x1p-7)
    let inputs = rounded([x, weight, bias], for: fused)
    let u = try run(library, .linear(bias: true, activation: nil), inputs, narrow: true)
    let h = try run(library, .activation(activation), u, narrow: true)[0]
    #expect(try run(library, fused, inputs, narrow: true)[0].bits == h.bits, "\(activation)")
  }

  @Test func whatIsLookedAtIsReadAsItIs() throws {
    let statistics = ValueStatistics(team: ThreadTeam(threadCount: 2))
    var random = TestRandom(3)
    let x = (random.matrix(301, 67, scale: 2) as TestMatrix<Float>).rounded
    var values = x.values
    for row in 0..<301 { values[row * 67 + 5] = -abs(values[row * 67 + 5]) }
    for row in 0..<301 { values[row * 67 + 66] = row % 2 == 0 ? 0 : -0.0 }
    let bits = values.map { Conversion.rounded($0) }
    var marks = Array(repeating: UInt8(0), count: 68)
    let square = unsafe bits.withUnsafeBufferPointer { bits in
      let address = MemoryAddress(bitPattern: UInt(bitPattern: bits.baseAddress))
      statistics.markPositiveColumns(
        at: address, shape: Shape(rows: 301, columns: 67), elementType: .bfloat16, marks: &marks, from: 1)
      return statistics.sumOfSquares(at: address, count: bits.count, elementType: .bfloat16)
    }
    let expected = values.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(square - expected) <= 1e-12 * expected)
    #expect(marks.indices.filter { marks[$0] == 0 } == [0, 6, 67])
  }
}
