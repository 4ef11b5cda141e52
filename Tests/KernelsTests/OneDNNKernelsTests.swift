import ComputationGraph
import Glibc
import Testing

import Kernels

/// A product's sizes.
struct ProductCase: Sendable, CustomTestStringConvertible {
  var batch: Int
  var units: Int
  var inputs: Int

  var testDescription: String { "\(batch) x \(units) x \(inputs)" }

  static let all =
    [1, 3, 16, 128, 1000].flatMap { batch in
      [(1, 1), (1, 64), (7, 1), (7, 129), (64, 64), (129, 129), (129, 512), (512, 7), (512, 512)].map {
        ProductCase(batch: batch, units: $0.0, inputs: $0.1)
      }
    } + [
      // Tall, so that blocked layouts and blocks of the depth are used; the last blocks are shorter.
      ProductCase(batch: 2500, units: 48, inputs: 33), ProductCase(batch: 4096, units: 10, inputs: 64),
      ProductCase(batch: 260, units: 20, inputs: 1100), ProductCase(batch: 1600, units: 130, inputs: 150),
    ]

  var x: Shape { Shape(rows: batch, columns: inputs) }
  var weight: Shape { Shape(rows: units, columns: inputs) }
  var du: Shape { Shape(rows: batch, columns: units) }
}

/// oneDNN's kernels against the reference kernels in float64, on the same float32 operands, and against themselves.
@Suite struct OneDNNKernelsTests {
  /// Rounding of float32 sums in blocks, up to 4096 terms, and of the activations' polynomials.
  static let tolerance = 1e-6

  private func library(threadCount: Int = 2) throws -> OneDNNKernels {
    try OneDNNKernels(team: ThreadTeam(threadCount: threadCount))
  }

  private func expectKernel(
    _ library: OneDNNKernels, _ operation: Operator, _ inputs: [TestMatrix<Float>], _ name: String,
    tolerance: Double = tolerance
  ) throws {
    let expected = try run(ReferenceKernels(), operation, inputs.map { $0.converted(to: Double.self) })[0]
    let actual = try OneDNNTrial().result(library, operation, inputs)
    let error = relativeNormError(actual, expected)
    #expect(error <= tolerance, "\(operation) \(name): \(error)")
    var others: [(String, OneDNNTrial)] = [
      ("again", OneDNNTrial(runs: 2)),
      ("elsewhere", OneDNNTrial(byteOffset: 64)),
      ("far elsewhere", OneDNNTrial(byteOffset: 2112)),
      ("with a workspace of zeros", OneDNNTrial(scratchpadFill: 0)),
      ("with a workspace of ones", OneDNNTrial(byteOffset: 192, scratchpadFill: 1)),
    ]
    if operation.isSumOverRows {
      let sum = TestMatrix(expected.rows, expected.columns, expected.values.map { $0 + 0.5 })
      let added = try OneDNNTrial(byteOffset: 64, addsTo: 0.5).result(library, operation, inputs)
      #expect(relativeNormError(added, sum) <= tolerance, "\(operation) \(name) added")
    }
    others += operation.overwritableInputs.map { ("over input \($0)", OneDNNTrial(inPlace: $0)) }
    for (how, trial) in others {
      #expect(try trial.result(library, operation, inputs).bits == actual.bits, "\(operation) \(name) \(how)")
    }
  }

  @Test(arguments: ProductCase.all)
  nonisolated func productsMatchTheReference(size: ProductCase) throws {
    let library = try library()
    var random = TestRandom(UInt64(size.batch * 1_000_003 + size.units * 1009 + size.inputs))
    let x: TestMatrix<Float> = random.matrix(size.batch, size.inputs)
    let weight: TestMatrix<Float> = random.matrix(size.units, size.inputs)
    let bias: TestMatrix<Float> = random.matrix(1, size.units)
    let du: TestMatrix<Float> = random.matrix(size.batch, size.units)
    let name = size.testDescription
    try expectKernel(library, .linear(bias: true, activation: nil), [x, weight, bias], name)
    try expectKernel(library, .linear(bias: false, activation: nil), [x, weight], name)
    try expectKernel(library, .linearInputGradient, [du, weight], name)
    try expectKernel(library, .linearWeightGradient, [du, x], name)
    try expectKernel(library, .linearBiasGradient, [du], name)
  }

  @Test(
    arguments: allActivations.filter { $0.savedSide == .output },
    [
      ProductCase(batch: 1, units: 7, inputs: 3), ProductCase(batch: 128, units: 64, inputs: 64),
      ProductCase(batch: 1000, units: 129, inputs: 65), ProductCase(batch: 2050, units: 32, inputs: 96),
    ])
  nonisolated func fusedAndSeparateActivationsAreTheSameBits(activation: Activation, size: ProductCase) throws {
    let library = try library()
    var random = TestRandom(7)
    let x: TestMatrix<Float> = random.matrix(size.batch, size.inputs)
    let weight: TestMatrix<Float> = random.matrix(size.units, size.inputs)
    let bias: TestMatrix<Float> = random.matrix(1, size.units)
    let fused = Operator.linear(bias: true, activation: activation)
    try expectKernel(library, fused, [x, weight, bias], size.testDescription)
    let u = try OneDNNTrial().result(library, .linear(bias: true, activation: nil), [x, weight, bias])
    let h = try OneDNNTrial().result(library, .activation(activation), [u])
    #expect(try OneDNNTrial().result(library, fused, [x, weight, bias]).bits == h.bits, "\(activation)")
  }

  @Test(arguments: allActivations, [(1, 1), (3, 7), (16, 129), (1000, 64), (128, 512)])
  nonisolated func activationsMatchTheReference(activation: Activation, size: (Int, Int)) throws {
    let library = try library()
    var random = TestRandom(11)
    for scale in [0.01, 1, 12] {
      let u: TestMatrix<Float> = random.matrix(size.0, size.1, scale: scale)
      let dh: TestMatrix<Float> = random.matrix(size.0, size.1)
      let name = "\(activation) \(size) times \(scale)"
      try expectKernel(library, .activation(activation), [u], name, tolerance: activation.oneDNNTolerance)
      let saved = activation.savedSide == .input ? u : try OneDNNTrial().result(library, .activation(activation), [u])
      try expectKernel(
        library, .activationGradient(activation), [dh, saved], name, tolerance: activation.oneDNNGradientTolerance)
    }
  }

  @Test func extremeValuesOfActivations() throws {
    let library = try library()
    let u = TestMatrix<Float>([-.infinity, -3e38, -100, -21, -0.0, 0, 21, 100, 3e38])
    for activation in allActivations where activation != .gelu(approximation: .none) && activation != .silu {
      let expected = try run(ReferenceKernels(), .activation(activation), [u.converted(to: Double.self)])[0]
      let actual = try OneDNNTrial().result(library, .activation(activation), [u])
      for (value, (a, e)) in zip(u.values, zip(actual.values, expected.values)) where value.isFinite {
        #expect(abs(Double(a) - e) <= 1e-6 * max(1, abs(e)), "\(activation) of \(value)")
      }
    }
  }

  /// Where the result or the derivative vanishes they keep their relative accuracy, alone and behind a product.
  @Test(arguments: [Activation.softplus, .elu(alpha: 1), .elu(alpha: 0.5)])
  nonisolated func activationsKeepTheirDigitsWhereTheyVanish(activation: Activation) throws {
    let library = try library()
    let magnitudes: [Float] = [1e-30, 1e-9, 1e-5, 0.01, 0.3, 1, 4, 8, 10, 13, 17, 20, 40, 80]
    let u = TestMatrix<Float>(2 * magnitudes.count, 1, magnitudes + magnitudes.map { -$0 })
    let one = TestMatrix<Float>(1, 1, [1])
    let expected = try run(ReferenceKernels(), .activation(activation), [u.converted(to: Double.self)])[0]
    let dh = TestMatrix<Float>(u.rows, 1, u.values.map { _ in 1 })
    for (operation, inputs) in [
      (Operator.activation(activation), [u]), (.linear(bias: false, activation: activation), [u, one]),
    ] {
      let actual = try OneDNNTrial().result(library, operation, inputs)
      for (value, (a, e)) in zip(u.values, zip(actual.values, expected.values)) {
        #expect(abs(Double(a) - e) <= 5e-7 * abs(e), "\(operation) of \(value): \(a), not \(e)")
      }
      guard activation == .softplus else { continue }
      let slopes = try OneDNNTrial().result(library, .activationGradient(activation), [dh, actual])
      for (value, slope) in zip(u.values, slopes.values) {
        let logistic = 1 / (1 + exp(-Double(value)))
        #expect(abs(Double(slope) - logistic) <= 1e-6 * logistic, "slope at \(value): \(slope), not \(logistic)")
      }
    }
  }

  /// Element by element, so that no interval of a piecewise function hides behind the others.
  @Test(arguments: [Activation.gelu(approximation: .none), .gelu(approximation: .tanh), .tanh])
  nonisolated func activationsAreRightEverywhere(activation: Activation) throws {
    let library = try library()
    let u = TestMatrix<Float>((-5120...5120).map { Float($0) / 512 })
    let dh = TestMatrix<Float>(u.values.map { _ in 1 })
    let actual = try OneDNNTrial().result(library, .activation(activation), [u])
    let saved = activation.savedSide == .input ? u : actual
    let slope = try OneDNNTrial().result(library, .activationGradient(activation), [dh, saved])
    let exact = u.converted(to: Double.self)
    let expected = try run(ReferenceKernels(), .activation(activation), [exact])[0]
    let operands = [dh.converted(to: Double.self), activation.savedSide == .input ? exact : expected]
    let expectedSlope = try run(ReferenceKernels(), .activationGradient(activation), operands)[0]
    // Without AVX-512 oneDNN's own functions compute them.
    let slopeBound = OneDNN.instructionSet.hasAVX512 ? 4e-7 : 2.5e-6
    for (index, value) in u.values.enumerated() {
      let (error, bound) = (
        abs(Double(actual.values[index]) - expected.values[index]), 4e-7 * max(1, Double(abs(value)))
      )
      #expect(error <= bound, "\(activation) of \(value)")
      #expect(
        abs(Double(slope.values[index]) - expectedSlope.values[index]) <= slopeBound,
        "slope of \(activation) at \(value)")
    }
  }

  /// oneDNN's ReLU alone, max(x, 0), takes not-a-number to 0; the gradient of the weights before still shows it.
  @Test func notANumberIsNotLost() throws {
    let library = try library()
    let x = TestMatrix<Float>(2, 20, (0..<40).map { $0 == 21 ? .nan : 1 })
    for activation in allActivations where activation != .relu {
      let h = try OneDNNTrial().result(library, .activation(activation), [x])
      #expect(h.values[21].isNaN, "\(activation)")
    }
    let du = TestMatrix<Float>(2, 3, [0, 0, 0, 0, 0, 0])
    let dw = try OneDNNTrial().result(library, .linearWeightGradient, [du, x])
    #expect((0..<3).allSatisfy { dw.values[$0 * 20 + 1].isNaN })
    let u = try OneDNNTrial().result(library, .linear(bias: false, activation: nil), [x, x])
    #expect(u.values[1].isNaN && u.values[2].isNaN && u.values[3].isNaN && !u.values[0].isNaN)
  }

  /// Every method that the library has for a product computes it; the others leave it to the next.
  @Test(
    arguments: ProductMethod.allCases,
    [
      ProductCase(batch: 16, units: 128, inputs: 128), ProductCase(batch: 300, units: 129, inputs: 65),
      ProductCase(batch: 1024, units: 256, inputs: 512), ProductCase(batch: 1, units: 5, inputs: 7),
      ProductCase(batch: 7, units: 33, inputs: 29), ProductCase(batch: 13, units: 10, inputs: 300),
      ProductCase(batch: 64, units: 256, inputs: 256),
    ])
  nonisolated func everyMethodComputesTheProduct(method: ProductMethod, size: ProductCase) throws {
    let table = KernelTable(rules: [KernelTable.Rule(methods: [method])])
    let library = try OneDNNKernels(team: ThreadTeam(threadCount: 2), table: table)
    var random = TestRandom(5)
    let x: TestMatrix<Float> = random.matrix(size.batch, size.inputs)
    let weight: TestMatrix<Float> = random.matrix(size.units, size.inputs)
    let bias: TestMatrix<Float> = random.matrix(1, size.units)
    let du: TestMatrix<Float> = random.matrix(size.batch, size.units)
    let name = "\(method) \(size.testDescription)"
    try expectKernel(library, .linear(bias: true, activation: .relu), [x, weight, bias], name)
    try expectKernel(library, .linearInputGradient, [du, weight], name)
    try expectKernel(library, .linearWeightGradient, [du, x], name)
  }

  @Test func threadCountsDifferByRoundingOnly() throws {
    var random = TestRandom(3)
    let x: TestMatrix<Float> = random.matrix(515, 70)
    let weight: TestMatrix<Float> = random.matrix(33, 70)
    for threadCount in 1...3 {
      let library = try library(threadCount: threadCount)
      try expectKernel(library, .linear(bias: false, activation: .tanh), [x, weight], "\(threadCount) threads")
    }
  }

  @Test func wrongRequestsAreRefused() throws {
    let library = try library()
    let shape = Shape(rows: 4, columns: 4)
    let double = KernelSignature(
      operation: .activation(.tanh), inputs: [shape], outputs: [shape], elementType: .float64)
    #expect(throws: KernelError("oneDNN's kernels compute in float32 and bfloat16, not in float64")) {
      try library.scratchpadByteCount(for: double)
    }
    let misfit = KernelSignature(
      operation: .linearInputGradient, inputs: [shape, Shape(rows: 5, columns: 4)], outputs: [shape],
      elementType: .float32)
    #expect(throws: KernelError.self) { try library.scratchpadByteCount(for: misfit) }
  }

  @Test func noProductIsAPlainLoopOrUnsafe() throws {
    let library = try library()
    for size in ProductCase.all where size.batch > 1 && size.units > 1 && size.inputs > 1 {
      for (operation, inputs) in [
        (Operator.linear(bias: false, activation: .relu), [size.x, size.weight]),
        (.linearInputGradient, [size.du, size.weight]), (.linearWeightGradient, [size.du, size.x]),
      ] {
        let signature = KernelSignature(
          operation: operation, inputs: inputs, outputs: operation.outputShapes(for: inputs)!, elementType: .float32)
        let names = try library.implementationNames(for: signature)
        let isAVX512 = OneDNN.instructionSet.hasAVX512
        for name in names {
          #expect(!(isAVX512 && name.contains("gemm:jit")), "\(operation) \(size.testDescription): \(names)")
          #expect(!name.hasPrefix("ref"), "\(operation) \(size.testDescription): \(names)")
        }
      }
    }
  }
}

extension Activation {
  /// For a lone element in the left tail, where oneDNN's error function and its hyperbolic tangent plus one lose
  /// digits: their error is small beside 1, not beside the result.
  fileprivate var oneDNNTolerance: Double {
    switch self {
    case .gelu(.none): 5e-6
    case .gelu(.tanh): 2e-6
    case .relu, .leakyRelu, .elu, .silu, .tanh, .sigmoid, .softplus: OneDNNKernelsTests.tolerance
    }
  }

  /// For a lone element in the left tail of GELU's approximation, where 1 + tanh cancels.
  fileprivate var oneDNNGradientTolerance: Double {
    self == .gelu(approximation: .tanh) ? 2e-6 : OneDNNKernelsTests.tolerance
  }
}
