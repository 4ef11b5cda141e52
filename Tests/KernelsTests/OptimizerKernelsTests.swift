import ComputationGraph
import Glibc
import SystemCalls
import Testing

import Kernels

/// A block of numbers at an address of its own.
@safe final class OptimizerTestBlock<Element: ReferenceElement> {
  private let pointer: UnsafeMutablePointer<Element>
  let count: Int

  init(_ values: [Element]) {
    count = values.count
    unsafe pointer = .allocate(capacity: max(count, 1))
    for index in values.indices { unsafe pointer[index] = values[index] }
  }

  deinit { unsafe pointer.deallocate() }

  var address: MemoryAddress { MemoryAddress(bitPattern: unsafe UInt(bitPattern: pointer)) }
  var values: [Element] { (0..<count).map { unsafe pointer[$0] } }
  func set(_ values: [Element]) { for index in 0..<count { unsafe pointer[index] = values[index] } }
}

@Suite struct OptimizerKernelsTests {
  /// Small and odd, and large enough for the team.
  static let counts = [1, 37, 40_001]

  private func type<Element: ReferenceElement>(_: Element.Type) -> ElementType {
    Element.self == Float.self ? .float32 : .float64
  }

  /// Three steps against a recurrence, written out per element in double precision.
  private func expectSGD<Element: ReferenceElement>(
    _ sgd: SGDParameters, count: Int, threads: Int, _: Element.Type, tolerance: Double
  ) {
    var random = TestRandom(UInt64(count))
    let kernels = OptimizerKernels(team: ThreadTeam(threadCount: threads))
    let w = OptimizerTestBlock<Element>(random.matrix(1, count).values)
    let g = OptimizerTestBlock<Element>(w.values)
    let v = OptimizerTestBlock<Element>([Element](repeating: 0, count: count))
    var expected = w.values.map { $0.wide }
    var velocity = [Double](repeating: 0, count: count)
    for step in 1...3 {
      g.set(random.matrix(1, count).values)
      let gradients = g.values
      kernels.updateSGD(
        sgd, elementType: type(Element.self), count: count, values: w.address, gradients: g.address,
        velocities: sgd.momentum == 0 ? nil : v.address, gradientScale: 0.5)
      for i in 0..<count {
        let gradient = gradients[i].wide / 2 + sgd.weightDecay * expected[i]
        velocity[i] = step == 1 ? gradient : sgd.momentum * velocity[i] + gradient
        let direction = sgd.nesterov ? gradient + sgd.momentum * velocity[i] : velocity[i]
        expected[i] -= sgd.learningRate * direction
      }
    }
    #expect(relativeDifference(TestMatrix(w.values), TestMatrix(expected)) < tolerance, "\(sgd)")
    if sgd.momentum != 0 {
      #expect(relativeDifference(TestMatrix(v.values), TestMatrix(velocity)) < tolerance, "\(sgd)")
    }
  }

  @Test(arguments: counts, [1, 2])
  nonisolated func sgdFollowsItsRecurrence(count: Int, threads: Int) {
    for sgd in [
      SGDParameters(learningRate: 0.1), SGDParameters(learningRate: 0.1, weightDecay: 0.3),
      SGDParameters(learningRate: 0.1, momentum: 0.9),
      SGDParameters(learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01),
    ] {
      expectSGD(sgd, count: count, threads: threads, Float.self, tolerance: 1e-6)
      expectSGD(sgd, count: count, threads: threads, Double.self, tolerance: 1e-15)
    }
  }

  private func expectAdam<Element: ReferenceElement>(
    _ adam: AdamParameters, count: Int, threads: Int, _: Element.Type, tolerance: Double
  ) {
    var random = TestRandom(UInt64(count))
    let kernels = OptimizerKernels(team: ThreadTeam(threadCount: threads))
    let w = OptimizerTestBlock<Element>(random.matrix(1, count).values)
    let g = OptimizerTestBlock<Element>(w.values)
    let (m, v) = (
      OptimizerTestBlock(w.values.map { _ in Element(0) }), OptimizerTestBlock(w.values.map { _ in Element(0) })
    )
    var expected = w.values.map { $0.wide }
    var first = [Double](repeating: 0, count: count)
    var second = first
    for step in 1...3 {
      g.set(random.matrix(1, count).values)
      let gradients = g.values
      kernels.updateAdam(
        adam, step: UInt64(step), elementType: type(Element.self), count: count, values: w.address,
        gradients: g.address, firstMoments: m.address, secondMoments: v.address, gradientScale: 2)
      let correction1 = 1 - pow(adam.beta1, Double(step))
      let correction2 = 1 - pow(adam.beta2, Double(step))
      for i in 0..<count {
        var gradient = gradients[i].wide * 2
        if adam.decoupledWeightDecay {
          expected[i] -= adam.learningRate * adam.weightDecay * expected[i]
        } else {
          gradient += adam.weightDecay * expected[i]
        }
        first[i] = adam.beta1 * first[i] + (1 - adam.beta1) * gradient
        second[i] = adam.beta2 * second[i] + (1 - adam.beta2) * gradient * gradient
        let deviation = (second[i] / correction2).squareRoot() + adam.epsilon
        expected[i] -= adam.learningRate * (first[i] / correction1) / deviation
      }
    }
    #expect(relativeDifference(TestMatrix(w.values), TestMatrix(expected)) < tolerance, "\(adam)")
    #expect(relativeDifference(TestMatrix(m.values), TestMatrix(first)) < tolerance, "\(adam)")
    #expect(relativeDifference(TestMatrix(v.values), TestMatrix(second)) < tolerance, "\(adam)")
  }

  @Test(arguments: counts, [1, 2])
  nonisolated func adamFollowsItsRecurrence(count: Int, threads: Int) {
    var decayed = AdamParameters.adam
    decayed.weightDecay = 0.1
    let unusual = AdamParameters(
      learningRate: 0.05, beta1: 0, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.5, decoupledWeightDecay: true)
    for adam in [AdamParameters.adam, .adamW, decayed, unusual] {
      expectAdam(adam, count: count, threads: threads, Float.self, tolerance: 2e-6)
      expectAdam(adam, count: count, threads: threads, Double.self, tolerance: 1e-12)
    }
  }

  /// With a constant gradient Adam moves by the learning rate at every step, whatever the gradient's size.
  @Test func adamMovesByTheLearningRateUnderAConstantGradient() {
    let kernels = OptimizerKernels(team: .single)
    let w = OptimizerTestBlock<Double>([1, 1, 1])
    let g = OptimizerTestBlock<Double>([1e3, -1e-2, 0])
    let (m, v) = (OptimizerTestBlock<Double>([0, 0, 0]), OptimizerTestBlock<Double>([0, 0, 0]))
    for step in 1...10 {
      kernels.updateAdam(
        .adam, step: UInt64(step), elementType: .float64, count: 3, values: w.address, gradients: g.address,
        firstMoments: m.address, secondMoments: v.address)
    }
    #expect(relativeDifference(TestMatrix(w.values), TestMatrix([0.99, 1.01, 1])) < 1e-7)
  }

  @Test func defaultsArePyTorchs() {
    #expect(SGDParameters() == SGDParameters(learningRate: 0.001, momentum: 0, nesterov: false, weightDecay: 0))
    let adam = AdamParameters.adam
    #expect([adam.learningRate, adam.beta1, adam.beta2, adam.epsilon] == [0.001, 0.9, 0.999, 1e-8])
    #expect(adam.weightDecay == 0 && !adam.decoupledWeightDecay)
    #expect(AdamParameters.adamW.weightDecay == 0.01 && AdamParameters.adamW.decoupledWeightDecay)
  }

  /// Fused updates see one block after the other: pieces and thread counts must not change a bit.
  @Test nonisolated func updatesAreElementwise() {
    var random = TestRandom(8)
    let count = 40_003
    let start: [Float] = random.matrix(1, count).values
    let gradients = OptimizerTestBlock<Float>(random.matrix(1, count).values)
    func updated(_ pieces: [Range<Int>], threads: Int) -> [[Float]] {
      let kernels = OptimizerKernels(team: ThreadTeam(threadCount: threads))
      let w = OptimizerTestBlock(start)
      let (m, v) = (OptimizerTestBlock(start.map { $0 / 2 }), OptimizerTestBlock(start.map { $0 * $0 }))
      for piece in pieces {
        let offset = 4 * piece.lowerBound
        kernels.updateAdam(
          .adamW, step: 7, elementType: .float32, count: piece.count, values: w.address.advanced(by: offset),
          gradients: gradients.address.advanced(by: offset), firstMoments: m.address.advanced(by: offset),
          secondMoments: v.address.advanced(by: offset))
      }
      return [w.values, m.values, v.values]
    }
    let whole = updated([0..<count], threads: 1)
    #expect(whole[0] != start)
    #expect(updated([0..<count], threads: 2) == whole)
    #expect(updated([0..<1, 1..<18_000, 18_000..<count], threads: 2) == whole)
  }

  @Test(arguments: [1, 2, 3])
  nonisolated func gradientNormsAreExactAndNoticeWhatIsNotFinite(threads: Int) {
    let kernels = OptimizerKernels(team: ThreadTeam(threadCount: threads))
    for count in [0, 1, 15, 16, 40_001] {
      let values = (0..<count).map { Float($0 % 5) - 2 }
      let exact = values.reduce(0.0) { $0 + Double($1) * Double($1) }  // small integers: exact in any order
      let single = OptimizerTestBlock(values)
      let double = OptimizerTestBlock(values.map(Double.init))
      #expect(kernels.sumOfSquares(at: single.address, count: count, elementType: .float32) == exact)
      #expect(kernels.sumOfSquares(at: double.address, count: count, elementType: .float64) == exact)
      for bad in [Float.infinity, -.infinity, .nan] {
        for position in [0, count / 2, count - 1] where count > 0 {
          var spoilt = values
          spoilt[position] = bad
          single.set(spoilt)
          #expect(!kernels.sumOfSquares(at: single.address, count: count, elementType: .float32).isFinite)
        }
      }
    }
    let largest = OptimizerTestBlock([Float](repeating: .greatestFiniteMagnitude, count: 100))
    #expect(kernels.sumOfSquares(at: largest.address, count: 100, elementType: .float32).isFinite)
  }

  private func expectCopiesAreAdded<Element: ReferenceElement>(
    count: Int, copyCount: Int, threads: Int, _: Element.Type
  ) {
    var random = TestRandom(UInt64(count + copyCount))
    let total = OptimizerTestBlock<Element>(random.matrix(1, count).values)
    let copies = (0..<3).map { _ in OptimizerTestBlock<Element>(random.matrix(1, count).values) }
    var sums = total.values
    for copy in copies[..<copyCount] {
      for (index, value) in copy.values.enumerated() { sums[index] += value }
    }
    let sum = GradientSum(
      total: total.address, copies: copies.map(\.address), elementType: type(Element.self),
      team: ThreadTeam(threadCount: threads))
    let square = withExtendedLifetime(copies) { sum.add(copyCount: copyCount, count: count) }
    let expected = sums.reduce(0.0) { $0 + $1.wide * $1.wide }
    #expect(total.values == sums)
    #expect(abs(square - expected) <= 1e-12 * expected)
  }

  @Test(arguments: [0, 1, 16, 37, 17_001], 0...3)
  nonisolated func copiesAreAddedInOrder(count: Int, copyCount: Int) {
    for threads in 1...3 {
      expectCopiesAreAdded(count: count, copyCount: copyCount, threads: threads, Float.self)
      expectCopiesAreAdded(count: count, copyCount: copyCount, threads: threads, Double.self)
    }
  }

  @Test func clipping() {
    #expect(OptimizerKernels.gradientScale(norm: 0.5, maximumNorm: 1) == 1)
    #expect(OptimizerKernels.gradientScale(norm: 4, maximumNorm: 1) == 1 / (4 + 1e-6))
    let kernels = OptimizerKernels(team: .single)
    let single = OptimizerTestBlock<Float>([-3, -0.5, 0, 0.5, 3, .infinity, .nan])
    kernels.clip(at: single.address, count: 7, elementType: .float32, limit: 1)
    #expect(single.values.dropLast() == [-1, -0.5, 0, 0.5, 1, 1])
    #expect(single.values[6].isNaN)
    let double = OptimizerTestBlock<Double>([-3, 0.25])
    kernels.clip(at: double.address, count: 2, elementType: .float64, limit: 0.5)
    #expect(double.values == [-0.5, 0.25])
  }

  @Test(arguments: [1, 2])
  nonisolated func rowsAreGathered(threads: Int) {
    let filling = MemoryFilling(team: ThreadTeam(threadCount: threads))
    for (tableRows, columns, wanted) in [(4, 3, 2), (100, 70, 600)] {
      let table = (0..<tableRows * columns).map { Double($0) }
      let order = (0..<wanted + 2).map { $0 * 7 % tableRows }
      let target = OptimizerTestBlock([Double](repeating: -1, count: wanted * columns))
      filling.gatherRows(of: table, columns: columns, rows: order[1..<wanted + 1], to: target.address)
      let expected = order[1..<wanted + 1].flatMap { row in
        (0..<columns).map { table[row * columns + $0] }
      }
      #expect(target.values == expected)
    }
  }

  @Test(arguments: [1, 2])
  nonisolated func zerosAndPoison(threads: Int) {
    let filling = MemoryFilling(team: ThreadTeam(threadCount: threads))
    for count in [1, 50_000] {
      let block = OptimizerTestBlock([Float](repeating: 1, count: count + 1))
      filling.poison(at: block.address, count: 4 * count)
      #expect(block.values.dropLast().allSatisfy { $0.isNaN })
      filling.zeroBytes(at: block.address, count: 4 * count)
      #expect(block.values.dropLast().allSatisfy { $0 == 0 })
      #expect(block.values.last == 1)
    }
  }
}
