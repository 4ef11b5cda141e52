import ArenaMemory
package import ComputationGraph
package import Kernels

/// Compares gradients with central finite differences of the loss, in float64.
///
/// For a sampled entry w of a parameter the quotient (L(w + h) - L(w - h)) / 2h has the step h = cbrt(eps) max(1, |w|),
/// where the rounding of the losses and the curvature of L weigh the same; it may differ from the gradient g by
/// 1e-7 |g| + 16 eps |L| / h. Where an element crosses the kink of a rectifier, a Huber or an absolute loss between the
/// two points, the quotient is of another function: h is then divided by 8 up to seven times, and the entry left out
/// where even that crosses. Where they differ by more, h is divided by 8 as well, up to five times, as long as the
/// quotient moves by half of the difference or more: normalizations of few numbers curve too strongly for the first
/// step, and a wrong gradient stays wrong. Where they differ still, 16 times what the quotient differs by from those of
/// steps up to half a percent shorter and longer is added to the bound: in a network that magnifies rounding, as one whose
/// normalization divides by next to nothing does, the quotient itself is known no better. The entry with the largest
/// gradient of each parameter is always among those drawn, so that a network most of whose gradients vanish is checked
/// where they do not.
package final class GradientChecker {
  private let storage: ParameterStorage<Double>
  private let evaluator: GraphEvaluator<Double>
  private let context: RunContext
  private let seed: UInt64
  private var branches: BranchPattern
  /// The loss is computed by the nodes up to this one.
  private let nodeCount: Int
  /// By parameter: the first node that reads it.
  private let firstReaders: [Int]
  private var lossAtRest = 0.0

  /// - Parameters:
  ///   - network: of float64.
  ///   - input, target: the batch, row-major; its rows are `rowCount`.
  ///   - storage: the parameters at which to differentiate; changed during a check and as before after it.
  ///   - context: decides the dropout masks.
  ///   - seed: decides which entries and which direction are drawn.
  package init(
    _ network: NetworkDescription, rowCount: Int, input: [Double], target: [Double],
    storage: ParameterStorage<Double>, context: RunContext, seed: UInt64, library: any KernelLibrary
  ) throws {
    let graph = try Graph(network, batchRows: rowCount, mode: .training)
    var firstReaders = Array(repeating: 0, count: graph.parameters.count)
    for (index, node) in graph.nodes.enumerated().reversed() {
      for value in node.inputs {
        if case .parameter(let parameter) = graph[value].source { firstReaders[parameter] = index }
      }
    }
    guard case .node(let lossNode) = graph[graph.loss].source else { throw GraphError("the graph has no loss") }
    nodeCount = lossNode + 1
    self.firstReaders = firstReaders
    self.storage = storage
    self.context = context
    self.seed = seed
    evaluator = try GraphEvaluator(
      graph, input: input, target: target, storage: storage, library: library, in: JemallocArena())
    branches = BranchPattern(of: graph, target: target)
  }

  /// Compares sampled entries of every parameter and two directional derivatives.
  ///
  /// - Parameters:
  ///   - gradients: of every parameter, row-major: what is to be checked.
  ///   - entriesPerTensor: how many entries of each parameter, all where it has fewer.
  ///   - progress: called before each parameter with the number of those that are done.
  package func check(
    _ gradients: [[Double]], entriesPerTensor: Int, progress: (Int) throws -> Void = { _ in }
  ) throws -> GradientCheck {
    let graph = evaluator.graph
    precondition(gradients.count == graph.parameters.count, "there is a gradient for every parameter")
    lossAtRest = loss(from: 0)
    try branches.record(from: evaluator)
    var tensors: [TensorCheck?] = Array(repeating: nil, count: graph.parameters.count)
    // An evaluation leaves the values before its first node as they were: from the last parameter to the first they
    // are those at rest.
    let order = graph.parameters.indices.sorted { firstReaders[$0] > firstReaders[$1] }
    for (done, parameter) in order.enumerated() {
      try progress(done)
      tensors[parameter] = try check(
        parameter, gradient: gradients[parameter], entryCount: entriesPerTensor)
    }
    let directions = try DirectionCheck.Direction.allCases.map { direction in
      DirectionCheck(direction: direction, comparison: try compare(direction, gradients))
    }
    return GradientCheck(
      rowCount: graph.batchRows, loss: lossAtRest, tensors: tensors.compactMap(\.self), directions: directions)
  }

  // MARK: Entries

  private func check(_ parameter: Int, gradient: [Double], entryCount: Int) throws -> TensorCheck {
    let graph = evaluator.graph
    var result = TensorCheck(
      name: graph.parameters[parameter].name, shape: graph.parameters[parameter].shape,
      layer: graph.nodes[firstReaders[parameter]].layer, comparisonCount: 0, kinkCount: 0)
    for entry in candidates(of: parameter, gradient: gradient, count: entryCount) {
      if result.comparisonCount == entryCount { break }
      guard let comparison = try compare(entry, of: parameter, gradient: gradient[entry]) else {
        result.kinkCount += 1
        continue
      }
      result.comparisonCount += 1
      // A share that is not a number lies highest.
      if let worst = result.worst, !(comparison.share > worst.share || comparison.share.isNaN) { continue }
      result.worst = comparison
      result.worstEntry = entry
    }
    return result
  }

  /// The entry of the largest gradient, then others without repetition: four times as many as are wanted, so that
  /// some may stand at a kink.
  private func candidates(of parameter: Int, gradient: [Double], count: Int) -> [Int] {
    let largest = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
    let others = gradient.indices.filter { $0 != largest }
    if others.count < 4 * count { return [largest] + others }
    let stream = RandomStream(seed: seed, purpose: .gradientCheck, lane: UInt64(parameter))
    var chosen = [largest]
    var isChosen: Set<Int> = [largest]
    var draw: UInt64 = 0
    while chosen.count < 4 * count {
      let entry = stream.integer(at: draw, below: gradient.count)
      draw += 1
      if isChosen.insert(entry).inserted { chosen.append(entry) }
    }
    return chosen
  }

  private func compare(_ entry: Int, of parameter: Int, gradient: Double) throws -> DerivativeComparison? {
    let rest = try storage.value(at: entry, ofParameter: parameter)
    let comparison = try compare(derivative: gradient, size: abs(rest), from: firstReaders[parameter]) { step in
      let moved = rest + step
      try storage.setValue(moved, at: entry, ofParameter: parameter)
      return moved - rest
    }
    try storage.setValue(rest, at: entry, ofParameter: parameter)
    return comparison
  }

  // MARK: Directions

  private func compare(
    _ direction: DirectionCheck.Direction, _ gradients: [[Double]]
  ) throws -> DerivativeComparison? {
    var vectors = gradients
    if direction == .random {
      for index in vectors.indices {
        let stream = RandomStream(seed: seed, purpose: .gradientCheck, lane: UInt64(vectors.count + index))
        for entry in vectors[index].indices {
          vectors[index][entry] = stream.normals(at: UInt64(entry / 2))[entry % 2]
        }
      }
    }
    let norm = vectors.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }.squareRoot()
    guard norm > 0 else { return nil }
    var derivative = 0.0
    for (index, gradient) in gradients.enumerated() {
      for entry in gradient.indices {
        vectors[index][entry] /= norm
        derivative += gradient[entry] * vectors[index][entry]
      }
    }
    let rest = try gradients.indices.map { try storage.values(ofParameter: $0) }
    let comparison = try compare(derivative: derivative, size: 1, from: 0) { step in
      for (index, values) in rest.enumerated() {
        let vector = vectors[index]
        try storage.setValues(values.indices.map { values[$0] + step * vector[$0] }, ofParameter: index)
      }
      return step
    }
    for (index, values) in rest.enumerated() { try storage.setValues(values, ofParameter: index) }
    return comparison
  }

  // MARK: Quotients

  /// - Parameters:
  ///   - size: of what is moved; steps are in proportion to it where it is above 1.
  ///   - move: puts the parameters at a distance from rest and gives the distance that rounding left of it.
  private func compare(
    derivative: Double, size: Double, from node: Int, move: (_ step: Double) throws -> Double
  ) throws -> DerivativeComparison? {
    var step = Self.firstStep * max(1, size)
    var coarser: DerivativeComparison?
    var finerCount = 0
    for _ in 0..<8 {
      defer { step /= 8 }
      guard let comparison = try compare(derivative: derivative, step: step, from: node, move: move) else { continue }
      if comparison.passes { return comparison }
      if finerCount == Self.mostFinerSteps { return try withOwnRounding(comparison, from: node, move: move) }
      // A quotient that stands still tells that the derivative is wrong.
      if let coarser, abs(coarser.quotient - comparison.quotient) <= coarser.error / 2 {
        return try withOwnRounding(coarser, from: node, move: move)
      }
      (coarser, finerCount) = (comparison, finerCount + 1)
    }
    return try coarser.map { try withOwnRounding($0, from: node, move: move) }
  }

  /// A comparison that allows for what its quotient differs by from those of nearly the same steps.
  private func withOwnRounding(
    _ comparison: DerivativeComparison, from node: Int, move: (_ step: Double) throws -> Double
  ) throws -> DerivativeComparison {
    var result = comparison
    for factor in [0.995, 0.998, 1.002, 1.005] {
      let near = try compare(
        derivative: comparison.derivative, step: factor * comparison.step, from: node, move: move)
      guard let near else { continue }
      let difference = abs(near.quotient - comparison.quotient)
      result.tolerance = max(result.tolerance, comparison.tolerance + 16 * difference)
    }
    return result
  }

  /// Cube root of the distance between 1 and the next number.
  private static let firstStep = 6.055e-6
  /// Each makes the share of the curvature 64 times smaller and that of rounding 8 times larger.
  private static let mostFinerSteps = 5

  /// With one step; nil where an element crosses a kink.
  private func compare(
    derivative: Double, step: Double, from node: Int, move: (_ step: Double) throws -> Double
  ) throws -> DerivativeComparison? {
    let forward = try move(step)
    let above = loss(from: node)
    guard try branches.isUnchanged(from: node, in: evaluator) else { return nil }
    let backward = try move(-step)
    let below = loss(from: node)
    guard try branches.isUnchanged(from: node, in: evaluator) else { return nil }
    let halfDistance = (forward - backward) / 2
    return DerivativeComparison(
      derivative: derivative, quotient: (above - below) / (2 * halfDistance), step: halfDistance,
      tolerance: 1e-7 * abs(derivative) + 16 * Double.ulpOfOne * abs(lossAtRest) / halfDistance)
  }

  private func loss(from node: Int) -> Double {
    evaluator.run(node..<nodeCount, context: context)
    return evaluator.loss
  }
}
