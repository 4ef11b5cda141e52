import ComputationGraph
import SystemCalls
import Testing

import Kernels

/// One operator, its operands and what a hand computation says of the outputs.
struct KnownAnswer: Sendable, CustomTestStringConvertible {
  var name: String
  var operation: Operator
  var inputs: [TestMatrix<Double>]
  var outputs: [TestMatrix<Double>]

  init(_ name: String, _ operation: Operator, _ inputs: [TestMatrix<Double>], _ outputs: [TestMatrix<Double>]) {
    (self.name, self.operation, self.inputs, self.outputs) = (name, operation, inputs, outputs)
  }

  var testDescription: String { name }

  private static let x = TestMatrix<Double>(2, 3, [1, 2, 3, -1, 0, 4])
  private static let weight = TestMatrix<Double>(2, 3, [1, 0, -1, 2, 1, 0.5])
  private static let du = TestMatrix<Double>(2, 2, [1, 2, -3, 0.5])
  private static let points = TestMatrix<Double>([-3, -0.5, 0, 1.25])
  private static func scalar(_ value: Double) -> TestMatrix<Double> { TestMatrix([value]) }

  private static func activation(_ activation: Activation, _ expected: [Double]) -> KnownAnswer {
    KnownAnswer("\(activation)", .activation(activation), [points], [TestMatrix(expected)])
  }

  private static func kink(_ activation: Activation, _ saved: [Double], _ expected: [Double]) -> KnownAnswer {
    KnownAnswer(
      "\(activation) gradient", .activationGradient(activation), [TestMatrix([1, 2, 4]), TestMatrix(saved)],
      [TestMatrix(expected)])
  }

  private static func loss(
    _ loss: LossFunction, _ p: TestMatrix<Double>, _ t: TestMatrix<Double>, _ value: Double, _ gradient: [Double]
  ) -> [KnownAnswer] {
    [
      KnownAnswer("\(loss)", .loss(loss), [p, t], [scalar(value)]),
      KnownAnswer("\(loss) gradient", .lossGradient(loss), [p, t], [TestMatrix(p.rows, p.columns, gradient)]),
    ]
  }

  static let products = [
    KnownAnswer(
      "linear", .linear(bias: false, activation: nil), [x, weight], [TestMatrix(2, 2, [-2, 5.5, -5, 0])]),
    KnownAnswer(
      "linear, bias, relu", .linear(bias: true, activation: .relu), [x, weight, TestMatrix([3, -1])],
      [TestMatrix(2, 2, [1, 4.5, 0, 0])]),
    KnownAnswer(
      "input gradient", .linearInputGradient, [du, weight], [TestMatrix(2, 3, [5, 2, 0, -2, 0.5, 3.25])]),
    KnownAnswer("weight gradient", .linearWeightGradient, [du, x], [TestMatrix(2, 3, [4, 2, -9, 1.5, 4, 8])]),
    KnownAnswer("bias gradient", .linearBiasGradient, [du], [TestMatrix([-2, 2.5])]),
    KnownAnswer("add", .add, [TestMatrix([1, -2]), TestMatrix([0.5, 2])], [TestMatrix([1.5, 0])]),
  ]

  static let activations = [
    activation(.relu, [0, 0, 0, 1.25]),
    activation(.leakyRelu(slope: 0.01), [-0.03, -0.005, 0, 1.25]),
    activation(.elu(alpha: 0.5), [-0.475106465816068, -0.1967346701436833, 0, 1.25]),
    activation(.gelu(approximation: .none), [-0.004049694094890287, -0.15426876936299344, 0, 1.1179377829164308]),
    activation(.gelu(approximation: .tanh), [-0.0036373920817729943, -0.15428599017485606, 0, 1.1177142029697147]),
    activation(.silu, [-0.14227761953270035, -0.1887703343990727, 0, 0.9716248264683638]),
    activation(.tanh, [-0.9950547536867305, -0.46211715726000974, 0, 0.8482836399575129]),
    activation(.sigmoid, [0.04742587317756678, 0.3775406687981454, 0.5, 0.7772998611746911]),
    activation(.softplus, [0.04858735157374206, 0.4740769841801067, 0.6931471805599453, 1.501929081345373]),
    kink(.relu, [0, 1, 2], [0, 2, 4]),
    kink(.leakyRelu(slope: 0.25), [-1, 0, 2], [0.25, 0.5, 4]),
    kink(.elu(alpha: 0.5), [-0.25, 0, 2], [0.25, 1, 4]),
  ]

  static let losses =
    [
      loss(.meanSquaredError, TestMatrix(2, 2, [1, 2, 3, 4]), TestMatrix(2, 2, [1, 0, 4, 4]), 1.25, [0, 1, -0.5, 0]),
      loss(
        .meanAbsoluteError, TestMatrix(2, 2, [1, 2, 3, 4]), TestMatrix(2, 2, [1, 0, 4, 4]), 0.75, [0, 0.25, -0.25, 0]),
      loss(
        .huber(delta: 1.5), TestMatrix(2, 2, [1, 2, 3, 4]), TestMatrix(2, 2, [1, 0, 4, 4]), 0.59375,
        [0, 0.375, -0.25, 0]
      ),
      loss(.halfSquaredError, TestMatrix(2, 1, [1, 2]), TestMatrix(2, 1, [3, 1]), 1.25, [-1, 0.5]),
      loss(
        .binaryCrossEntropy, TestMatrix([0, 1000, -1000, 2]), TestMatrix([1, 0, 0, 1]),
        (0.6931471805599453 + 1000 + 0 + 0.1269280110429726) / 4,
        [-0.125, 0.25, 0, -0.11920292202211755 / 4]),
      loss(
        .softmaxCrossEntropy, TestMatrix(2, 3, [1, 2, 3, 1000, 0, -1000]), TestMatrix(2, 1, [2, 1]),
        (0.4076059644443804 + 1000) / 2,
        [0.045015286585190224, 0.12236423552739882, -0.16737952211258905, 0.5, -0.5, 0]),
    ].flatMap { $0 } + [
      KnownAnswer(
        "correct classes", .correctCount(labels: .classes),
        [TestMatrix(4, 2, [1, 2, 3, 1, 0, 0, 5, 6]), TestMatrix(4, 1, [1, 1, 0, 7])], [scalar(2)]),
      KnownAnswer(
        "correct bits", .correctCount(labels: .bits),
        [TestMatrix(2, 2, [1, -1, 0, 3]), TestMatrix(2, 2, [1, 1, 0, 1])], [scalar(1.5)]),
      KnownAnswer(
        "correct values of bits", .correctCount(labels: .bitValues),
        [TestMatrix(2, 2, [0.6, 0.4, 0.5, 3]), TestMatrix(2, 2, [1, 1, 0, 1])], [scalar(1.5)]),
    ]

  private static let rows = TestMatrix<Double>(2, 4, [1, 2, 3, 6, -1, 1, -1, 1])
  private static let rowStatistics = TestMatrix<Double>(2, 2, [3, 0.5, 0, 1])
  private static let scale = TestMatrix<Double>([2, 1, 1, -1])
  private static let shift = TestMatrix<Double>([0, 1, 0, 10])

  static let normalizations = [
    KnownAnswer(
      "layer norm statistics", .layerNormStatistics(epsilon: 0.5), [rows],
      [TestMatrix(2, 2, [3, 0.5, 0, 1 / 1.5.squareRoot()])]),
    KnownAnswer(
      "layer norm", .layerNorm, [rows, rowStatistics, scale, shift],
      [TestMatrix(2, 4, [-2, 0.5, 0, 8.5, -2, 2, -1, 9])]),
    KnownAnswer(
      "layer norm parameter gradients", .layerNormParameterGradients,
      [TestMatrix(2, 4, [1, 1, 2, 0, 3, 0, 1, 1]), rows, rowStatistics],
      [TestMatrix([-4, -0.5, -1, 1]), TestMatrix([4, 1, 3, 1])]),
    KnownAnswer(
      "batch norm statistics", .batchNormStatistics, [TestMatrix(4, 2, [1, 5, 2, 5, 3, 5, 6, 5])],
      [TestMatrix(2, 2, [3, 5, 3.5, 0])]),
    KnownAnswer(
      "batch norm", .batchNorm(epsilon: 0.5),
      [
        TestMatrix(2, 2, [1, 5, 7, 6]), TestMatrix(2, 2, [3, 5, 3.5, 15.5]), TestMatrix([2, 1]), TestMatrix([0, 1]),
      ],
      [TestMatrix(2, 2, [-2, 1, 4, 1.25])]),
    KnownAnswer(
      "batch norm parameter gradients", .batchNormParameterGradients(epsilon: 0.5),
      [TestMatrix(2, 1, [1, 3]), TestMatrix(2, 1, [1, 7]), TestMatrix(2, 1, [3, 3.5])],
      [scalar(5), scalar(4)]),
  ]
}

@Suite struct ReferenceKernelsTests {
  @Test(arguments: KnownAnswer.products + KnownAnswer.activations + KnownAnswer.losses + KnownAnswer.normalizations)
  func operatorsMatchHandComputations(answer: KnownAnswer) throws {
    let double = try run(ReferenceKernels(), answer.operation, answer.inputs)
    #expect(double.count == answer.outputs.count)
    for (actual, expected) in zip(double, answer.outputs) { #expect(relativeDifference(actual, expected) < 1e-14) }
    let single = try run(ReferenceKernels(), answer.operation, answer.inputs.map { $0.converted(to: Float.self) })
    for (actual, expected) in zip(single, answer.outputs) { #expect(relativeDifference(actual, expected) < 3e-6) }
    guard answer.operation.isSumOverRows else { return }
    let added = try run(ReferenceKernels(), answer.operation, answer.inputs, addsTo: 10)
    for (actual, sum) in zip(added, answer.outputs) {
      let expected = TestMatrix(sum.rows, sum.columns, sum.values.map { $0 + 10 })
      #expect(relativeDifference(actual, expected) < 1e-14)
    }
  }

  @Test func activationsOfExtremeInputsAreFinite() throws {
    let extremes = TestMatrix<Double>([-1e4, -800, 800, 1e4])
    for activation in allActivations {
      let h = try run(ReferenceKernels(), .activation(activation), [extremes])[0]
      let saved = activation.savedSide == .input ? extremes : h
      let gradient = try run(
        ReferenceKernels(), .activationGradient(activation), [TestMatrix([1, 1, 1, 1]), saved])[0]
      #expect(h.values.allSatisfy { $0.isFinite }, "\(activation)")
      #expect(gradient.values.allSatisfy { $0.isFinite && abs($0) <= 1 }, "\(activation)")
    }
  }

  @Test func notANumberGoesThroughActivations() throws {
    for activation in allActivations {
      let h = try run(ReferenceKernels(), .activation(activation), [TestMatrix<Double>([.nan])])[0]
      #expect(h.values[0].isNaN, "\(activation)")
    }
  }

  @Test(arguments: [-1.0, 3, 0.5, .nan, 1e300])
  func aTargetThatIsNoClassMakesTheLossNotANumber(label: Double) throws {
    let inputs = [TestMatrix<Double>(1, 3, [1, 2, 3]), TestMatrix<Double>([label])]
    #expect(try run(ReferenceKernels(), .loss(.softmaxCrossEntropy), inputs)[0].values[0].isNaN)
    let gradient = try run(ReferenceKernels(), .lossGradient(.softmaxCrossEntropy), inputs)[0]
    #expect(gradient.values.allSatisfy { $0.isNaN })
  }

  @Test func runningStatisticsMoveByMomentumWithUnbiasedVariance() throws {
    let inputs = [TestMatrix<Double>(2, 2, [3, 5, 4, 8]), TestMatrix<Double>(2, 2, [1, 1, 2, 2])]
    let operation = Operator.updateRunningStatistics(momentum: 0.25, batchRows: 5)
    let running = try run(ReferenceKernels(), operation, inputs, mutated: 1)[0]
    #expect(running.values == [1.5, 2, 2.75, 4])
  }

  @Test func dropoutScalesWhatItKeeps() throws {
    var random = TestRandom(7)
    let x: TestMatrix<Double> = random.matrix(9, 13)
    let context = RunContext(seed: 11, iteration: 3)
    let mask = DropoutMask(rate: 0.25, layer: 2, columns: 13, context: context)
    let y = try run(ReferenceKernels(), .dropout(rate: 0.25, layer: 2), [x], context: context)[0]
    for index in 0..<x.values.count {
      #expect(y.values[index] == (mask.keeps(index) ? x.values[index] * (1 / 0.75) : 0))
    }
    let single = try run(
      ReferenceKernels(), .dropout(rate: 0.25, layer: 2), [x.converted(to: Float.self)], context: context)[0]
    #expect(single.values.map { $0 == 0 } == y.values.map { $0 == 0 })
  }

  @Test func lossesOfMicroBatchesAddUp() throws {
    var random = TestRandom(3)
    let p: TestMatrix<Double> = random.matrix(6, 2)
    let t: TestMatrix<Double> = random.matrix(6, 2)
    for loss in [LossFunction.meanSquaredError, .halfSquaredError, .huber(delta: 0.5)] {
      let whole = try run(ReferenceKernels(), .loss(loss), [p, t])[0].values[0]
      let gradient = try run(ReferenceKernels(), .lossGradient(loss), [p, t])[0].values
      var sum = 0.0
      var parts: [Double] = []
      for rows in [0..<4, 4..<6] {
        let elements = rows.lowerBound * 2..<rows.upperBound * 2
        let inputs = [p, t].map { TestMatrix<Double>(rows.count, 2, Array($0.values[elements])) }
        let context = RunContext(seed: 1, iteration: 0, firstRow: rows.lowerBound, batchRows: 6)
        sum += try run(ReferenceKernels(), .loss(loss), inputs, context: context)[0].values[0]
        parts += try run(ReferenceKernels(), .lossGradient(loss), inputs, context: context)[0].values
      }
      #expect(abs(sum - whole) <= 1e-15 * whole)
      #expect(parts == gradient)
    }
  }

  @Test func wrongOperandsAreRefused() {
    let library = ReferenceKernels()
    let shape = Shape(rows: 2, columns: 2)
    let noSum = KernelSignature(
      operation: .linearInputGradient, inputs: [shape, shape], outputs: [shape], elementType: .float64,
      addsToOutputs: true)
    #expect(throws: KernelError.self) { try library.scratchpadByteCount(for: noSum) }
    let wrong = KernelSignature(
      operation: .add, inputs: [shape, .scalar], outputs: [shape], elementType: .float64)
    #expect(throws: KernelError.self) { try library.scratchpadByteCount(for: wrong) }
    let right = KernelSignature(operation: .add, inputs: [shape, shape], outputs: [shape], elementType: .float64)
    let good = MemoryAddress(bitPattern: 64)
    for (inputs, outputs) in [
      ([good], [good]), ([good, good], []), ([good, MemoryAddress(bitPattern: 0)], [good]),
      ([good, good], [MemoryAddress(bitPattern: 68)]),
    ] {
      #expect(throws: KernelError.self) {
        try library.bind(right, inputs: inputs, outputs: outputs, scratchpad: nil)
      }
    }
  }
}

/// Every activation once.
let allActivations: [Activation] = [
  .relu, .leakyRelu(slope: 0.01), .elu(alpha: 0.7), .gelu(approximation: .none), .gelu(approximation: .tanh), .silu,
  .tanh, .sigmoid, .softplus,
]
