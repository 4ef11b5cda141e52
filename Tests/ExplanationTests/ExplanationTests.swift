import ArenaMemory
import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Explanation
import Kernels
import Reporting
import Testing
import TestSupport
import Training

/// The one neuron of the textbooks, by hand; and random networks, by what holds for all.
@Suite struct ExplanationTests {
  private static let neuron = NetworkDescription(
    layers: [.linear(units: 1, bias: true), .activation(.sigmoid)], loss: .halfSquaredError, inputFeatures: 1,
    targetColumns: 1, elementType: .float64)

  private static func explainNeuron() throws -> GraphExplanation {
    try explain(
      neuron, rowCount: 1, input: [1.5], target: [1], parameters: [[0.5], [-0.25]],
      schedule: { try makeSchedule(.none, for: $0.chain) }, context: RunContext(seed: 0, iteration: 0))
  }

  private static func explainRandom(seed: UInt64, strategy: Strategy) throws -> GraphExplanation {
    var network = NetworkDescription.random(seed: seed, depth: 6, elementType: .float64)
    network.elementType = .float64
    let runner = try NetworkRunner<Double>(network, rows: 3, seed: seed, library: ReferenceKernels())
    let graph = runner.graph
    return try explain(
      network, rowCount: 3, input: runner.input.read(Double.self, count: graph[graph.input].shape.elementCount),
      target: runner.target.read(Double.self, count: graph[graph.target].shape.elementCount),
      parameters: runner.storage.parameters.indices.map { try runner.storage.values(ofParameter: $0) },
      schedule: { try makeSchedule(strategy, for: $0.chain) }, context: RunContext(seed: 5, iteration: 0))
  }

  @Test func theNeuronIsDerivedInOrder() throws {
    let explanation = try Self.explainNeuron()
    #expect(explanation.sources.map(\.name) == ["x", "y", "w", "b"])
    #expect(
      explanation.forward.map { "\($0.name) = \($0.formula)" } == ["u = w x + b", "h = sigmoid(u)", "L = (h - y)² / 2"])
    #expect(
      explanation.backward.map { "\($0.name) = \($0.formula)" } == [
        "dL/dh = h - y", "dL/du = dL/dh · h (1 - h)", "dL/dw = dL/du · x", "dL/db = dL/du",
      ])
    #expect(explanation.backward[1].localDerivative == "dh/du = h (1 - h)")
  }

  @Test func theNeuronHasTheNumbersOfTheChainRule() throws {
    let explanation = try Self.explainNeuron()
    let u = 0.5 * 1.5 - 0.25
    let h = explanation.forward[1].elements[0]
    #expect(explanation.forward[0].elements == [u])
    #expect(h > 0.6224593 && h < 0.6224594, "sigmoid(0.5)")
    #expect(abs(explanation.forward[2].elements[0] - (h - 1) * (h - 1) / 2) < 1e-16)
    let du = (h - 1) * h * (1 - h)
    for (value, expected) in zip(explanation.backward, [h - 1, du, du * 1.5, du]) {
      #expect(abs(value.elements[0] - expected) <= 1e-16, "\(value.name)")
    }
    #expect(abs(explanation.backward[1].localElements![0] - h * (1 - h)) <= 1e-16)
  }

  @Test func bothParametersReuseOneValue() throws {
    let shared = try Self.explainNeuron().shared
    #expect(shared.count == 1)
    #expect(shared.first?.name == "dL/du")
    #expect(shared.first?.readers == ["dL/dw", "dL/db"])
    #expect(shared.first?.parameters == ["w", "b"])
  }

  @Test func executionsOfThreeWaysToTheNeuronsGradients() throws {
    let costs = try Self.explainNeuron().costs
    #expect(costs.map(\.forwardNodeExecutions) == [3, 6, 12])
    #expect(costs.map(\.backwardNodeExecutions) == [4, 6, 0])
    #expect(costs.allSatisfy { $0.seconds > 0 })
  }

  @Test func thePreActivationIsDroppedAndTheActivationStored() throws {
    let fates = try Self.explainNeuron().fates
    #expect(fates.map(\.name) == ["x", "u", "h"])
    #expect(fates.map(\.fate) == [.external, .dropped, .stored])
    #expect(fates[1].reason == "no reverse step reads it: the derivative of sigmoid is computed from h")
  }

  @Test(arguments: 0..<40)
  func everyValueHasANameOfItsOwn(seed: UInt64) throws {
    let explanation = try Self.explainRandom(seed: seed, strategy: .none)
    let names = (explanation.sources + explanation.forward + explanation.backward).map(\.name)
    #expect(!names.contains(""), "seed \(seed)")
    #expect(Set(names).count == names.count, "seed \(seed): \(names)")
    #expect(!explanation.forward.contains { $0.formula.isEmpty })
  }

  @Test(arguments: 0..<40, [Strategy.none, .sqrt, .every(2), .revolve(2)])
  func whatTheReversePassReadsIsStoredOrRecomputed(seed: UInt64, strategy: Strategy) throws {
    let explanation = try Self.explainRandom(seed: seed, strategy: strategy)
    let residuals = Set(explanation.forward.filter { explanation.residuals.contains($0.value) }.map(\.name))
    for fate in explanation.fates {
      switch fate.fate {
      case .external: #expect(fate.name == "x")
      case .dropped: #expect(!residuals.contains(fate.name), "seed \(seed), \(strategy): \(fate)")
      case .stored, .recomputed: break
      }
      #expect(!fate.reason.isEmpty)
    }
    let recomputed = explanation.fates.contains { if case .recomputed = $0.fate { true } else { false } }
    #expect(strategy != .none || !recomputed || explanation.fates.contains { $0.reason.contains("element by element") })
  }

  @Test func aChainUnderSqrtRecomputesAndSaysFromWhere() throws {
    let network = NetworkDescription(
      layers: [.repeated(count: 9, layers: [.linear(units: 2, bias: true), .activation(.tanh)])],
      loss: .meanSquaredError, inputFeatures: 2, targetColumns: 2, elementType: .float64)
    let runner = try NetworkRunner<Double>(network, rows: 1, seed: 1, library: ReferenceKernels())
    let explanation = try explain(
      network, rowCount: 1, input: [1, 2], target: [0, 1],
      parameters: runner.storage.parameters.indices.map { try runner.storage.values(ofParameter: $0) },
      schedule: { try makeSchedule(.sqrt, for: $0.chain) }, context: RunContext(seed: 0, iteration: 0))
    #expect(explanation.forwardExecutions == 15)
    let again = explanation.fates.filter { $0.fate == .recomputed(1) && $0.name.hasPrefix("h") }
    #expect(again.map(\.name) == ["h1", "h2", "h3", "h4", "h5", "h6"])
    #expect(again.last?.reason.hasSuffix("computed again from h3, where stage 3 starts again") == true)
    #expect(
      explanation.fates.first { $0.name == "h3" }?.reason.hasSuffix(
        "kept as the restart value of stage 3 until that is reversed, then computed again from x, where stage 0 starts "
          + "again") == true)
  }

  @Test func aLargeNetworkIsRefused() throws {
    let network = NetworkDescription(
      layers: [.linear(units: 200, bias: true)], loss: .meanSquaredError, inputFeatures: 100, targetColumns: 200,
      elementType: .float64)
    #expect {
      try checkExplainable(network, rowCount: 4)
    } throws: { error in
      "\(error)".contains("at most 8192 numbers in 400 nodes are shown")
    }
  }

  @Test(arguments: 0..<40)
  func textFitsAHundredColumns(seed: UInt64) throws {
    let text = explanationText(of: try Self.explainRandom(seed: seed, strategy: .sqrt))
    for line in text.split(separator: "\n") { #expect(line.count <= 100, "seed \(seed): \(line)") }
  }

  @Test(arguments: 0..<10)
  func theDrawingDeclaresWhatItsEdgesJoin(seed: UInt64) throws {
    let dot = explanationDot(of: try Self.explainRandom(seed: seed, strategy: .none))
    let lines = dot.split(separator: "\n").map { $0.drop { $0 == " " } }
    let declared = Set(lines.compactMap { $0.contains("[label=") ? $0.prefix { $0 != " " } : nil })
    let edges = lines.filter { $0.contains(" -> ") }
    #expect(!edges.isEmpty && lines.first == "digraph explanation {" && lines.last == "}")
    for edge in edges {
      let ends = edge.prefix { $0 != ";" && $0 != "[" }.split(separator: " ")
      #expect(declared.contains(ends[0]) && declared.contains(ends[2]), "\(edge)")
    }
  }
}
