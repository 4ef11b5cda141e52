import ComputationGraph
import Testing

import Kernels

/// The own float32 kernels against the reference kernels in float64, on the same float32 operands.
@Suite struct ParallelKernelsTests {
  /// Below and above the size from which the team shares the work; widths on both sides of whole vectors.
  static let shapes = [
    Shape(rows: 1, columns: 1), Shape(rows: 3, columns: 5), Shape(rows: 17, columns: 33), Shape(rows: 64, columns: 64),
    Shape(rows: 131, columns: 257), Shape(rows: 4099, columns: 10), Shape(rows: 5, columns: 4001),
    Shape(rows: 257, columns: 80),
  ]

  static let operations: [Operator] =
    allActivations.filter { $0.savedSide == .output }.map { .activationGradient($0) }
    + allLosses.flatMap { [.loss($0), .lossGradient($0)] } + [
      .add, .dropout(rate: 0.3, layer: 5), .correctCount(labels: .classes), .correctCount(labels: .bits),
      .correctCount(labels: .bitValues),
      .linearBiasGradient, .layerNormStatistics(epsilon: 1e-5), .layerNorm, .layerNormInputGradient,
      .layerNormParameterGradients, .batchNormStatistics, .batchNorm(epsilon: 1e-5),
      .batchNormInputGradient(epsilon: 1e-5), .batchNormParameterGradients(epsilon: 1e-5),
    ]

  /// Operands as they occur: saved outputs are outputs, statistics are those of x.
  static func operands(for operation: Operator, _ shape: Shape) throws -> [TestMatrix<Float>] {
    var random = TestRandom(UInt64(shape.rows * 10_007 + shape.columns))
    let reference = ReferenceKernels()
    let (rows, columns) = (shape.rows, shape.columns)
    func matrix(_ rows: Int, scale: Double = 2, offset: Double = 0) -> TestMatrix<Float> {
      var matrix: TestMatrix<Float> = random.matrix(rows, columns, scale: scale)
      matrix.values = matrix.values.map { $0 + Float(offset) }
      return matrix
    }
    func statistics(_ operation: Operator, _ x: TestMatrix<Float>) throws -> TestMatrix<Float> {
      try run(reference, operation, [x.converted(to: Double.self)])[0].converted(to: Float.self)
    }
    switch operation {
    case .activationGradient(let activation):
      return [matrix(rows), try run(reference, .activation(activation), [matrix(rows, scale: 6)])[0]]
    case .loss(.softmaxCrossEntropy), .lossGradient(.softmaxCrossEntropy), .correctCount(labels: .classes):
      let labels = (0..<rows).map { _ in Float(Int(random.uniform() * Double(columns))) }
      return [matrix(rows, scale: 8), TestMatrix(rows, 1, labels)]
    case .loss(.binaryCrossEntropy), .lossGradient(.binaryCrossEntropy), .correctCount(labels: .bits),
      .correctCount(labels: .bitValues):
      return [matrix(rows, scale: 8), TestMatrix(rows, columns, matrix(rows).values.map { $0 > 0 ? 1 : 0 })]
    case .loss, .lossGradient, .add: return [matrix(rows), matrix(rows)]
    case .dropout, .linearBiasGradient: return [matrix(rows)]
    case .layerNormStatistics, .batchNormStatistics: return [matrix(rows, offset: 10)]
    case .layerNorm:
      let x = matrix(rows, offset: 3)
      return [x, try statistics(.layerNormStatistics(epsilon: 1e-5), x), matrix(1), matrix(1)]
    case .layerNormInputGradient, .layerNormParameterGradients:
      let x = matrix(rows, offset: 1)
      let s = try statistics(.layerNormStatistics(epsilon: 1e-5), x)
      return [matrix(rows), x, s] + (operation == .layerNormInputGradient ? [matrix(1)] : [])
    case .batchNorm:
      let x = matrix(rows, offset: 3)
      return [x, try statistics(.batchNormStatistics, x), matrix(1), matrix(1)]
    case .batchNormParameterGradients:
      let x = matrix(rows, offset: 1)
      return [matrix(rows), x, try statistics(.batchNormStatistics, x)]
    case .batchNormInputGradient(let epsilon):
      let x = matrix(rows, offset: 1)
      let dy = matrix(rows)
      let s = try statistics(.batchNormStatistics, x)
      let sums = try run(reference, .batchNormParameterGradients(epsilon: epsilon), [dy, x, s])
      return [dy, x, s, matrix(1), sums[0], sums[1]]
    case .activation, .linear, .linearInputGradient, .linearWeightGradient, .updateRunningStatistics, .narrow, .widen,
      .parameterUpdate:
      Issue.record("\(operation) is not in the table")
      return []
    }
  }

  /// float32 rounding of a few operations per element; sums add blocks of rows, or lanes, of partial sums. Where one
  /// row is the whole batch, or one column the whole row, the deviation is 0 and 1/sqrt(epsilon) magnifies rounding.
  private func tolerance(_ operation: Operator, _ shape: Shape) -> Double {
    switch operation {
    case .layerNormStatistics, .layerNorm, .layerNormInputGradient, .layerNormParameterGradients:
      shape.columns == 1 ? 1e-3 : 4e-6
    case .batchNorm, .batchNormInputGradient, .batchNormParameterGradients: shape.rows == 1 ? 1e-3 : 4e-6
    default: 2e-6
    }
  }

  @Test(arguments: operations, shapes)
  nonisolated func kernelsMatchTheReference(operation: Operator, shape: Shape) throws {
    let inputs = try Self.operands(for: operation, shape)
    let context = RunContext(seed: 9, iteration: 4, firstRow: 3)
    let expected = try run(
      ReferenceKernels(), operation, inputs.map { $0.converted(to: Double.self) }, context: context)
    var ofTeamOfOne: [TestMatrix<Float>] = []
    for threadCount in 1...3 {
      let library = ParallelKernels(team: ThreadTeam(threadCount: threadCount))
      let actual = try run(library, operation, inputs, context: context)
      for (actual, expected) in zip(actual, expected) {
        let difference = relativeDifference(actual, expected)
        #expect(difference <= tolerance(operation, shape), "\(operation) \(shape), \(threadCount) threads")
      }
      for addresses in TestAddresses.allCases {
        let again = try run(library, operation, inputs, addresses: addresses, context: context)
        #expect(again.map(\.bits) == actual.map(\.bits), "\(operation) \(shape) at other addresses")
        for input in operation.overwritableInputs {
          let inPlace = try run(library, operation, inputs, inPlace: input, addresses: addresses, context: context)
          #expect(inPlace.map(\.bits) == actual.map(\.bits), "\(operation) \(shape) over input \(input)")
        }
      }
      if operation.isSumOverRows {
        for (actual, expected) in zip(try run(library, operation, inputs, addsTo: 3), expected) {
          let sum = TestMatrix(expected.rows, expected.columns, expected.values.map { $0 + 3 })
          #expect(relativeDifference(actual, sum) <= tolerance(operation, shape), "\(operation) \(shape) added")
        }
      }
      if threadCount == 1 { ofTeamOfOne = actual }
      if case .loss = operation { continue }  // the only sum whose order depends on the thread count
      #expect(actual.map(\.bits) == ofTeamOfOne.map(\.bits), "\(operation) \(shape), \(threadCount) threads")
    }
  }

  @Test func everyOperatorIsHereOrRefused() throws {
    let library = ParallelKernels(team: .single)
    let shape = Shape(rows: 2, columns: 2)
    for operation in [Operator.linear(bias: false, activation: nil), .linearInputGradient, .linearWeightGradient] {
      #expect(!ParallelKernels.covers(operation))
      let signature = KernelSignature(
        operation: operation, inputs: [shape, shape], outputs: [shape], elementType: .float32)
      #expect(throws: KernelError.self) { try library.scratchpadByteCount(for: signature) }
    }
    let double = KernelSignature(operation: .add, inputs: [shape, shape], outputs: [shape], elementType: .float64)
    #expect(throws: KernelError.self) { try library.scratchpadByteCount(for: double) }
    #expect(Self.operations.allSatisfy(ParallelKernels.covers))
  }

  @Test func extremeLogitsAndWrongLabels() throws {
    let library = ParallelKernels(team: .single)
    let p = TestMatrix<Float>(2, 3, [1000, 0, -1000, -3e38, 3e38, 0])
    let right = TestMatrix<Float>(2, 1, [1, 1])
    #expect(try run(library, .loss(.softmaxCrossEntropy), [p, right])[0].values == [500])
    let gradient = try run(library, .lossGradient(.softmaxCrossEntropy), [p, right])[0]
    #expect(gradient.values == [0.5, -0.5, 0, 0, 0, 0])
    for label: Float in [-1, 3, 0.5, .nan, 3e38] {
      let wrong = TestMatrix<Float>(2, 1, [1, label])
      #expect(try run(library, .loss(.softmaxCrossEntropy), [p, wrong])[0].values[0].isNaN)
      let gradient = try run(library, .lossGradient(.softmaxCrossEntropy), [p, wrong])[0]
      #expect(gradient.values[3...].allSatisfy { $0.isNaN })
    }
    let logits = TestMatrix<Float>([1000, -1000, 1000, -1000])
    let bits = TestMatrix<Float>([1, 0, 0, 1])
    #expect(try run(library, .loss(.binaryCrossEntropy), [logits, bits])[0].values == [500])
    let slopes = try run(library, .lossGradient(.binaryCrossEntropy), [logits, bits])[0]
    #expect(slopes.values == [0, 0, 0.25, -0.25])
  }

  @Test func notANumberIsNotLost() throws {
    let library = ParallelKernels(team: .single)
    var x = TestMatrix<Float>(2, 20, [Float](repeating: 1, count: 40))
    x.values[37] = .nan
    let zero = TestMatrix<Float>(2, 20, [Float](repeating: 0, count: 40))
    for loss in allLosses where loss != .softmaxCrossEntropy {
      #expect(try run(library, .loss(loss), [x, zero])[0].values[0].isNaN, "\(loss)")
      #expect(try run(library, .lossGradient(loss), [x, zero])[0].values[37].isNaN, "\(loss)")
    }
    let labels = TestMatrix<Float>(2, 1, [0, 1])
    #expect(try run(library, .loss(.softmaxCrossEntropy), [x, labels])[0].values[0].isNaN)
    #expect(try run(library, .linearBiasGradient, [x])[0].values[17].isNaN)
    #expect(try run(library, .layerNormStatistics(epsilon: 1e-5), [x])[0].values[2].isNaN)
  }
}

/// Every loss once.
let allLosses: [LossFunction] = [
  .meanSquaredError, .meanAbsoluteError, .huber(delta: 0.7), .binaryCrossEntropy, .softmaxCrossEntropy,
  .halfSquaredError,
]
