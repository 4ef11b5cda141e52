import ComputationGraph

extension Operator {
  /// Whether the node may be evaluated again in the reverse step although its stage was kept: one pass over its
  /// inputs, without a product, a reduction or a side effect.
  package var isReevaluable: Bool {
    switch self {
    case .activation, .layerNorm, .batchNorm, .dropout, .add: true
    case .linear, .layerNormStatistics, .batchNormStatistics, .updateRunningStatistics, .loss, .correctCount,
      .lossGradient, .activationGradient, .linearInputGradient, .linearWeightGradient, .linearBiasGradient,
      .layerNormInputGradient, .layerNormParameterGradients, .batchNormInputGradient, .batchNormParameterGradients,
      .narrow, .widen, .parameterUpdate:
      false
    }
  }
}

/// The ways in which a stage can be kept, the smallest first.
///
/// ```
/// u = linear(x)   h = gelu(u)      residuals x, u      compact: u        (h is evaluated again from u)
/// h = linear+relu(x)               residuals x, h      compact: h
/// s = statistics(x)  z = norm(x, s)  u = linear(z)  g = gelu(u)  y = x + linear(g)
///                                  residuals x, s, z, u, g     compact: s, u     (z from x and s, g from u)
/// ```
///
/// The second form, where it differs, holds every residual and the output: nothing is evaluated again. The last one
/// leaves out the stage's input: a schedule starts again from it, and reverses the stage once the input is live again.
/// Between them stand a lean one, which holds no more than the first and whose reverse step evaluates each value when
/// its turn comes; those that hold a large block in part; and where the residuals of the stage before may give the
/// input, all but these with the input held nevertheless.
func keptForms(of stage: Stage, in graph: Graph, inputIsDerived: Bool) -> [KeptForm] {
  let compact = form(named: "compact", of: stage, in: graph, holding: compactlyHeld(of: stage, in: graph))
  var everything = stage.residuals.filter { $0 != stage.input }
  if everything.last != stage.output { everything.append(stage.output) }
  let full = form(named: "full", of: stage, in: graph, holding: everything)
  let spared = Set(full.held).subtracting(compact.held)
  let sparesEvaluations = spared.contains { $0 != stage.output || compact.derivesOutput }
  let whole =
    [compact] + (sparesEvaluations ? [full] : []) + (valuesWait(compact, of: stage, in: graph) ? [compact.lean] : [])
  return whole + partialForms(compact, of: stage, in: graph) + (inputIsDerived ? whole.map(\.withDerivedInput) : [])
    + [restartForm(compact, of: stage, in: graph)].compactMap(\.self)
}

extension KeptForm {
  fileprivate var withDerivedInput: KeptForm {
    var form = renamed("\(name)+input")
    form.holdsDerivedInput = true
    return form
  }

  fileprivate var lean: KeptForm {
    var form = renamed("lean")
    form.evaluatesAnew = true
    return form
  }

  private func renamed(_ name: String) -> KeptForm {
    var form = KeptForm(
      name: name, held: held, holdsOutput: holdsOutput, derivesOutput: derivesOutput, holdsInput: holdsInput)
    form.evaluatesAnew = evaluatesAnew
    return form
  }
}

/// Values that are evaluated anew for each node: their evaluations are at most half of the square of their number.
private let mostEvaluatedAnew = 64

/// Whether a value that the reverse step evaluates is read by a later node and waits for that while others run.
private func valuesWait(_ form: KeptForm, of stage: Stage, in graph: Graph) -> Bool {
  let residuals = Set(stage.residuals).subtracting(form.held).subtracting([stage.input])
  guard (1...mostEvaluatedAnew).contains(residuals.count) else { return false }
  var lastRead: [ValueID: Int] = [:]
  var readCount: [ValueID: Int] = [:]
  // A value that another is evaluated from is there from then on.
  var evaluatedAt: [ValueID: Int] = [:]
  for node in stage.backwardNodes {
    for value in Set(graph.nodes[node].inputs).intersection(residuals) {
      lastRead[value] = node
      readCount[value, default: 0] += 1
      for source in sources(of: value, in: stage, graph) where evaluatedAt[source] == nil { evaluatedAt[source] = node }
    }
  }
  return residuals.contains { value in
    guard let first = evaluatedAt[value], let last = lastRead[value], let count = readCount[value] else { return false }
    return last - first + 1 > count
  }
}

/// A value and those inside the stage that it is evaluated from.
private func sources(of value: ValueID, in stage: Stage, _ graph: Graph) -> Set<ValueID> {
  var found: Set<ValueID> = []
  var frontier = [value]
  while let next = frontier.popLast() {
    guard case .node(let producer) = graph[next].source, stage.forwardNodes.contains(producer),
      graph.nodes[producer].operation.isReevaluable, found.insert(next).inserted
    else { continue }
    frontier += graph.nodes[producer].inputs
  }
  return found
}

/// The smallest set to start again from after the stage and to reverse the stage with, without its input: what is held
/// compactly, and the output where that does not give it. Nil where it is no more than the output alone and the reverse
/// step does without the output.
private func restartForm(_ compact: KeptForm, of stage: Stage, in graph: Graph) -> KeptForm? {
  guard stage.index > 0, !compact.held.isEmpty else { return nil }
  let held = compact.held + (compact.holdsOutput || compact.derivesOutput ? [] : [stage.output])
  return form(named: "restart", of: stage, in: graph, holding: held, withInput: false)
}

/// Walks the stage forward and holds each residual that the input and what is held so far do not give back.
private func compactlyHeld(of stage: Stage, in graph: Graph) -> [ValueID] {
  let residuals = Set(stage.residuals)
  var held: [ValueID] = []
  var available: Set<ValueID> = [stage.input]
  for node in graph.nodes[stage.forwardNodes] {
    if node.canBeReevaluated(from: available, in: graph) {
      available.formUnion(node.outputs)
      continue
    }
    for output in node.outputs where residuals.contains(output) {
      held.append(output)
      available.insert(output)
    }
  }
  return held
}

func form(
  named name: String, of stage: Stage, in graph: Graph, holding held: [ValueID], withInput: Bool = true
) -> KeptForm {
  var available = Set(held)
  for node in graph.nodes[stage.forwardNodes] where node.canBeReevaluated(from: available, in: graph) {
    available.formUnion(node.outputs)
  }
  let holdsOutput = held.contains(stage.output)
  return KeptForm(
    name: name, held: held.sorted(), holdsOutput: holdsOutput,
    derivesOutput: !holdsOutput && available.contains(stage.output), holdsInput: withInput)
}

extension Node {
  fileprivate func canBeReevaluated(from available: Set<ValueID>, in graph: Graph) -> Bool {
    operation.isReevaluable
      && inputs.allSatisfy { input in
        switch graph[input].source {
        case .parameter, .state: true
        case .node, .input, .target: available.contains(input)
        }
      }
  }
}
