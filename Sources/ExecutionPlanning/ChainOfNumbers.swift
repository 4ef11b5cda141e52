import Checkpointing
import ComputationGraph
import Differentiation

extension StageChain {
  /// What schedulers see of the stages: bytes and seconds, no graph.
  ///
  /// - Complexity: linear in the graph's edges; a stage with the same numbers of nodes, operators, shapes and forms as
  ///   one before it is not counted again.
  func chain(of differentiated: DifferentiatedGraph, costs: NodeCosts, scratchpadByteCounts: [Int]) throws(ChainError)
    -> Chain
  {
    var counter = StageCounter(
      stages: self, differentiated: differentiated, costs: costs, scratchpadByteCounts: scratchpadByteCounts)
    return try Chain(stages: stages.map { counter.numbers(of: $0) }, lossPeak: counter.lossPeak())
  }
}

/// Counts the numbers of one stage after the other.
private struct StageCounter {
  let stages: StageChain
  let graph: Graph
  let costs: NodeCosts
  let meter: StageMeter
  private var known: [StageSignature: ChainStage] = [:]

  init(
    stages: StageChain, differentiated: DifferentiatedGraph, costs: NodeCosts, scratchpadByteCounts: [Int]
  ) {
    self.stages = stages
    graph = differentiated.graph
    self.costs = costs
    meter = StageMeter(
      graph: differentiated.graph, scratchpadByteCounts: scratchpadByteCounts,
      gradients: differentiated.fusesUpdates ? [] : Set(differentiated.gradients.compactMap(\.self)))
  }

  mutating func numbers(of stage: Stage) -> ChainStage {
    let signature = StageSignature(of: stage, in: graph)
    if let same = known[signature] { return same }
    let numbers = count(stage)
    known[signature] = numbers
    return numbers
  }

  /// The loss and what follows it, then its gradient; the prediction is its input.
  func lossPeak() -> StagePeaks.ByInput {
    let sequence = [stages.lossNode] + stages.followingNodes + (stages.lossGradientNode.map { [$0] } ?? [])
    let cotangents = stages.lossGradientNode.map { Set(graph.nodes[$0].outputs) } ?? []
    return byInput(graph.prediction, sequence, entering: [], surviving: cotangents, readsInput: true)
  }

  private func count(_ stage: Stage) -> ChainStage {
    let forward = Array(stage.forwardNodes)
    let reverse = reverseSequence(of: stage, form: stage.forms[0])
    let readsInput = reverse.contains { graph.nodes[$0].inputs.contains(stage.input) }
    return ChainStage(
      outputBytes: meter.byteCount(of: stage.output),
      readsInput: readsInput,
      readsOutput: stage.residuals.contains(stage.output),
      forwardSeconds: seconds(of: forward),
      backwardSeconds: seconds(of: Array(stage.backwardNodes)),
      forwardWorkspaceBytes: workspaceByteCount(of: forward),
      backwardWorkspaceBytes: workspaceByteCount(of: reverse),
      forms: stage.forms.map { residualForm($0, of: stage) },
      peaks: StagePeaks(
        forward: byInput(
          stage.input, forward, entering: [], surviving: [stage.output], readsInput: true),
        forms: stage.forms.map { peaks(of: $0, of: stage, readsInput: readsInput) }))
  }

  private func residualForm(_ form: KeptForm, of stage: Stage) -> ResidualForm {
    let evaluated = reverseSequence(of: stage, form: form).filter { graph.nodes[$0].differentiates == nil }
    return ResidualForm(
      name: form.name,
      byteCount: form.held.reduce(0) { $0 + ($1 == stage.output ? 0 : meter.byteCount(of: $1)) },
      holdsOutput: form.holdsOutput, derivesOutput: form.derivesOutput, holdsInput: form.holdsInput,
      productsExecutedAgain: evaluated.count { graph.nodes[$0].operation.isProduct },
      extraBackwardSeconds: seconds(of: evaluated),
      deriveSeconds: form.derivesOutput
        ? seconds(of: sequence(giving: [stage.output], from: Set(form.held), stage)) : 0,
      secondsWithoutOutput: seconds(of: sequence(giving: form.held, from: [stage.input], stage)))
  }

  private func peaks(of form: KeptForm, of stage: Stage, readsInput: Bool) -> StagePeaks.Form {
    let held = Set(form.held)
    let reverse = reverseSequence(of: stage, form: form)
    let cotangent = stages.cotangent(enteringStage: stage.index, in: graph)
    let given = stage.index == 0 ? nil : stages.cotangent(enteringStage: stage.index - 1, in: graph)
    let entering = held.union([cotangent].compactMap(\.self))
    let surviving = Set([given].compactMap(\.self))
    return StagePeaks.Form(
      forward: byInput(
        stage.input, Array(stage.forwardNodes), entering: [], surviving: held.union([stage.output]), readsInput: true),
      forwardWithoutOutput: byInput(
        stage.input, sequence(giving: form.held, from: [stage.input], stage), entering: [], surviving: held,
        readsInput: true),
      reverse: byInput(stage.input, reverse, entering: entering, surviving: surviving, readsInput: readsInput),
      reverseDerivingInput: meter.peakByteCount(
        of: reverse, in: StageMeter.Surroundings(entering: entering, surviving: surviving)))
  }

  private func byInput(
    _ input: ValueID, _ sequence: [Int], entering: Set<ValueID>, surviving: Set<ValueID>, readsInput: Bool
  ) -> StagePeaks.ByInput {
    let held = meter.peakByteCount(
      of: sequence, in: StageMeter.Surroundings(entering: entering, surviving: surviving, outside: [input]))
    guard readsInput else { return StagePeaks.ByInput(held: held, ending: held) }
    return StagePeaks.ByInput(
      held: held,
      ending: meter.peakByteCount(
        of: sequence, in: StageMeter.Surroundings(entering: entering.union([input]), surviving: surviving)))
  }

  private func seconds(of sequence: [Int]) -> Double {
    sequence.reduce(0) { $0 + costs.seconds(of: graph.nodes[$1], in: graph) }
  }

  private func workspaceByteCount(of sequence: [Int]) -> Int {
    sequence.reduce(0) { max($0, meter.scratchpadByteCounts[$1]) }
  }

  /// The stage's forward nodes that lead from live values to wanted ones, in order.
  private func sequence(giving wanted: [ValueID], from live: Set<ValueID>, _ stage: Stage) -> [Int] {
    var missing: Set<Int> = []
    var frontier = wanted
    while let value = frontier.popLast() {
      guard !live.contains(value), case .node(let producer) = graph[value].source,
        stage.forwardNodes.contains(producer), missing.insert(producer).inserted
      else { continue }
      frontier += graph.nodes[producer].inputs
    }
    return missing.sorted()
  }

  /// The backward nodes of a stage, each after the forward nodes that must be evaluated again for it. Where products are
  /// among these, what the compact form does without is gone after them.
  private func reverseSequence(of stage: Stage, form: KeptForm) -> [Int] {
    var live = Set(form.held)
    live.insert(stage.input)
    var result: [Int] = []
    for node in stage.backwardNodes {
      for input in graph.nodes[node].inputs {
        let producers = sequence(giving: [input], from: live, stage)
        result += producers
        let outputs = producers.flatMap { graph.nodes[$0].outputs }
        live.formUnion(outputs)
        if producers.contains(where: { graph.nodes[$0].operation.isProduct }) {
          live.subtract(stage.passing(outputs, besides: input))
        }
      }
      result.append(node)
    }
    return result
  }
}

/// What decides a stage's numbers: its nodes' operators and shapes, how they are wired, and the forms.
private struct StageSignature: Hashable {
  private struct Step: Hashable {
    let operation: Operator
    let inputs: [Operand]
    let inputShapes: [Shape]
  }

  /// A value by where it stands relative to the stage.
  private enum Operand: Hashable {
    case external
    case input
    /// Output of the stage's node of that number, forward nodes first.
    case inside(node: Int, output: Int)
    case cotangent
  }

  private let steps: [Step]
  private let forms: [[Operand]]
  /// Whether the stage's input stands in the arena.
  private let inputIsInArena: Bool

  init(of stage: Stage, in graph: Graph) {
    let nodes = Array(stage.forwardNodes) + Array(stage.backwardNodes)
    func operand(_ value: ValueID) -> Operand {
      if value == stage.input { return .input }
      guard case .node(let producer) = graph[value].source else { return .external }
      let number =
        stage.forwardNodes.contains(producer)
        ? producer - stage.forwardNodes.lowerBound
        : stage.backwardNodes.contains(producer)
          ? stage.forwardNodes.count + producer - stage.backwardNodes.lowerBound : -1
      guard number >= 0 else { return .cotangent }
      return .inside(node: number, output: graph.nodes[producer].outputs.firstIndex(of: value) ?? 0)
    }
    steps = nodes.map { index in
      let node = graph.nodes[index]
      var operation = node.operation
      if case .dropout(let rate, _) = operation { operation = .dropout(rate: rate, layer: 0) }
      return Step(operation: operation, inputs: node.inputs.map(operand), inputShapes: graph.inputShapes(of: node))
    }
    forms = stage.forms.map { $0.held.map(operand) }
    inputIsInArena = stage.index > 0
  }
}
