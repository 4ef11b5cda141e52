import Checkpointing
import ComputationGraph
import Differentiation

/// Turns a schedule's actions into instructions, keeping account of which values are live and who holds them.
///
/// Each value has at most one live instance. The running value, a checkpoint and a stage's residuals *hold* values; a
/// value that nobody holds any longer may not be read again, and is computed anew where the schedule says so. The
/// running value is held as long as the schedule's replay counts it: a reverse step that came upon it later would read
/// it, and it would live longer than its stage's own residuals need it to. What decides on bytes is the last
/// instruction that reads a buffer, found afterwards.
///
/// Where activations are rounded while they are kept, a checkpoint and residuals hold the rounded copy of a value, made
/// as soon as the value is there; the running value is the value itself. Whoever reads a value of which there is but
/// the copy gets that one widened, in a buffer of its own.
struct PlanBuilder {
  let graph: Graph
  let chain: StageChain
  private let differentiated: DifferentiatedGraph
  let facts: PlanFacts
  private let addsGradients: Bool
  /// Before any is left out; operands name buffers by `bufferValues`.
  private(set) var instructions: [Instruction] = []
  /// By instruction: number of the stage execution that it belongs to, -1 where it belongs to none.
  private var executionOfInstruction: [Int32] = []
  /// Value and stage of each buffer.
  private(set) var bufferValues: [(value: ValueID, stage: Int)] = []
  /// The stage of each execution that the schedule prescribes.
  private var executionStages: [Int] = []

  private var location: [Int32]
  private var holders: [Int32]
  private var firstExecutionDone: [Bool]
  private var running = 0
  /// Whether the running value is still read.
  private var runningIsHeld = true
  private var hasCheckpoint: [Bool]
  private var heldResiduals: [[ValueID]?]
  private var formOfResiduals: [Int]
  private var lossIsDone = false

  init(_ differentiated: DifferentiatedGraph, chain: StageChain, facts: PlanFacts) {
    graph = differentiated.graph
    self.differentiated = differentiated
    self.chain = chain
    self.facts = facts
    addsGradients = differentiated.addsGradients
    location = Array(repeating: -1, count: graph.values.count)
    holders = Array(repeating: 0, count: graph.values.count)
    firstExecutionDone = Array(repeating: false, count: chain.lossNode + 1)
    hasCheckpoint = Array(repeating: false, count: chain.stages.count)
    heldResiduals = Array(repeating: nil, count: chain.stages.count)
    formOfResiduals = Array(repeating: 0, count: chain.stages.count)
  }

  /// Carries out a whole schedule.
  ///
  /// - Parameter reads: of the schedule's running values.
  mutating func perform(_ actions: [Action], _ reads: RunningValueReads) throws(PlanningError) {
    reserveCapacity(for: actions)
    var producer: Int?
    for (index, action) in actions.enumerated() {
      switch action {
      case .forward(let stage, .nothing, _) where !reads.isRead[index]:
        try leaveOut(stage)
        producer = index
      case .forward, .restore:
        try perform(action)
        producer = index
      case .backward, .discard: try perform(action)
      }
      if let producer, Int(reads.last[producer]) <= index { endRunning() }
    }
  }

  /// As much as there is when nothing is left out; what values cost that are evaluated once more comes on top.
  private mutating func reserveCapacity(for actions: [Action]) {
    var (nodes, executions) = (0, 0)
    for action in actions {
      switch action {
      case .forward(let stage, _, _) where chain.stages.indices.contains(stage):
        nodes += chain.stages[stage].forwardNodes.count
        executions += 1
      case .backward(let stage) where chain.stages.indices.contains(stage):
        nodes += chain.stages[stage].backwardNodes.count
      case .forward, .backward, .restore, .discard: break
      }
    }
    instructions.reserveCapacity(nodes)
    executionOfInstruction.reserveCapacity(nodes)
    bufferValues.reserveCapacity(nodes)
    executionStages.reserveCapacity(executions)
  }

  mutating func perform(_ action: Action) throws(PlanningError) {
    switch action {
    case .forward(let stage, let keep, let form): try forward(stage, keep: keep, form: form)
    case .restore(let stage): try restore(stage)
    case .backward(let stage): try backward(stage)
    case .discard(let stage, .checkpoint): try discardCheckpoint(stage)
    case .discard(let stage, .residuals): releaseResiduals(of: stage)
    }
  }

  // MARK: Actions

  /// An execution of which nobody reads anything.
  private mutating func leaveOut(_ index: Int) throws(PlanningError) {
    try checkIsRunning(index)
    executionStages.append(index)
    endRunning()
    running = index + 1
  }

  private func checkIsRunning(_ index: Int) throws(PlanningError) {
    guard running == index else {
      throw PlanningError("stage \(index) is executed while its input is not the running value")
    }
  }

  private mutating func forward(_ index: Int, keep: Action.Keep, form: Int) throws(PlanningError) {
    try checkIsRunning(index)
    let stage = chain.stages[index]
    let execution = executionStages.count
    executionStages.append(index)
    let kept = try keptValues(of: stage, keep: keep, form: form)
    // A stage may be a block of very many layers.
    let set = kept.count > 8 ? Set(kept) : []
    func isKept(_ value: ValueID) -> Bool { kept.count > 8 ? set.contains(value) : kept.contains(value) }
    if isKept(stage.input) { emitRounding(of: stage.input, stage: index, execution: execution) }
    for node in stage.forwardNodes {
      try emitForward(node, stage: index, execution: execution)
      for output in graph.nodes[node].outputs where isKept(output) {
        emitRounding(of: output, stage: index, execution: execution)
      }
    }
    for value in kept { hold(differentiated.keptForm(of: value)) }
    switch keep {
    case .nothing: break
    case .checkpoint: hasCheckpoint[index] = true
    case .residuals:
      heldResiduals[index] = kept
      formOfResiduals[index] = form
    }
    hold(stage.output)
    endRunning()
    (running, runningIsHeld) = (index + 1, true)
    for node in stage.forwardNodes {
      for output in graph.nodes[node].outputs where holders[output.index] == 0 { location[output.index] = -1 }
    }
    if index == chain.stages.count - 1, !lossIsDone { emitLoss() }
  }

  /// What an execution keeps: the stage's input as a checkpoint, or what the form names.
  private func keptValues(of stage: Stage, keep: Action.Keep, form: Int) throws(PlanningError) -> [ValueID] {
    switch keep {
    case .nothing: return []
    case .checkpoint: return [stage.input]
    case .residuals: break
    }
    guard stage.forms.indices.contains(form) else {
      throw PlanningError(
        "stage \(stage.index) can be kept in \(stage.forms.count) forms; form \(form) is none of them")
    }
    guard heldResiduals[stage.index] == nil else {
      throw PlanningError("the residuals of stage \(stage.index) are kept twice")
    }
    var held = stage.forms[form].held
    let previous = stage.index - 1
    let inputIsDerivable =
      previous >= 0 && heldResiduals[previous] != nil
      && chain.stages[previous].forms[formOfResiduals[previous]].derivesOutput
    if stage.forms[form].holdsInput, stage.forms[form].holdsDerivedInput || !inputIsDerivable {
      held.append(stage.input)
    }
    return held
  }

  private mutating func restore(_ index: Int) throws(PlanningError) {
    let input = chain.stages[index].input
    endRunning()
    var evaluated: [ValueID] = []
    try materialize(input, stage: index - 1, phase: .recompute, evaluated: &evaluated)
    hold(input)
    forget(evaluated)
    (running, runningIsHeld) = (index, true)
  }

  private mutating func backward(_ index: Int) throws(PlanningError) {
    let stage = chain.stages[index]
    let evaluatesAnew = heldResiduals[index] != nil && stage.forms[formOfResiduals[index]].evaluatesAnew
    var evaluated: [ValueID] = []
    for node in stage.backwardNodes {
      for input in graph.nodes[node].inputs {
        try materialize(input, stage: index, phase: .backward, evaluated: &evaluated)
      }
      let phase: Phase = graph.nodes[node].operation == .parameterUpdate ? .update : .backward
      emit(node, phase: phase, stage: index, execution: -1)
      if evaluatesAnew { forget(evaluated.filter { $0 != stage.input }) }
    }
    forget(evaluated)
  }

  private mutating func discardCheckpoint(_ index: Int) throws(PlanningError) {
    guard hasCheckpoint[index] else {
      throw PlanningError("the checkpoint of stage \(index) is discarded but was not kept")
    }
    hasCheckpoint[index] = false
    releaseKept(chain.stages[index].input)
  }

  private mutating func releaseResiduals(of index: Int) {
    for value in heldResiduals[index] ?? [] { releaseKept(value) }
    heldResiduals[index] = nil
  }

  private mutating func endRunning() {
    guard let value = runningValue else { return }
    release(value)
    forgetCopy(of: value)
    runningIsHeld = false
  }

  /// The running value, nil once it is read no more.
  private var runningValue: ValueID? {
    guard runningIsHeld else { return nil }
    return running < chain.stages.count ? chain.stages[running].input : graph.prediction
  }

  /// The instructions, which are the builder's no longer.
  mutating func takeInstructions() -> [Instruction] {
    defer { instructions = [] }
    return instructions
  }

  /// What the schedule prescribed, and the executions of which no product is among the instructions that stay.
  func executionCounts(stays: [Bool]) -> ExecutionCounts {
    var isExecuted = Array(repeating: false, count: executionStages.count)
    var partial = 0
    for index in instructions.indices where stays[index] && graph.nodes[instructions[index].node].operation.isProduct {
      let execution = Int(executionOfInstruction[index])
      if execution >= 0 { isExecuted[execution] = true }
      if execution < 0, instructions[index].phase == .recompute { partial += 1 }
    }
    let elided = zip(executionStages, isExecuted).count { stage, isExecuted in
      facts.stageHasProduct[stage] && !isExecuted
    }
    return ExecutionCounts(prescribed: executionStages.count, elided: elided, partial: partial)
  }

  // MARK: Emission

  private mutating func emitForward(_ node: Int, stage: Int, execution: Int) throws(PlanningError) {
    let isFirst = !firstExecutionDone[node]
    if graph.nodes[node].operation.hasSideEffect, !isFirst { return }
    let outputs = graph.nodes[node].outputs
    if !outputs.isEmpty, outputs.allSatisfy({ location[$0.index] >= 0 }) { return }
    for input in graph.nodes[node].inputs where operand(of: input) == nil {
      throw PlanningError("stage \(stage) is executed while a value inside it is not live")
    }
    emit(node, phase: isFirst ? .forward : .recompute, stage: stage, execution: execution)
    firstExecutionDone[node] = true
  }

  private mutating func emitLoss() {
    let stage = chain.stages.count
    emit(chain.lossNode, phase: .forward, stage: stage, execution: -1)
    for node in chain.followingNodes { emit(node, phase: .forward, stage: stage, execution: -1) }
    if let gradient = chain.lossGradientNode { emit(gradient, phase: .backward, stage: stage, execution: -1) }
    lossIsDone = true
  }

  private mutating func emit(_ node: Int, phase: Phase, stage: Int, execution: Int) {
    let inputs = graph.nodes[node].inputs.mapped { operand(of: $0)! }
    let outputs = graph.nodes[node].outputs.mapped { output -> Operand in
      if let fixed = facts.fixedOperands[output.index] { return fixed }
      let buffer = bufferValues.count
      bufferValues.append((output, stage))
      location[output.index] = Int32(buffer)
      return .buffer(buffer)
    }
    executionOfInstruction.append(Int32(execution))
    instructions.append(
      Instruction(
        node: node, phase: phase, stage: stage, inputs: inputs, outputs: outputs,
        addsToOutputs: addsGradients && outputs.contains { $0.isGradient }))
  }

  /// Rounds a live value for keeping, where it is kept rounded and there is no copy of it yet.
  private mutating func emitRounding(of value: ValueID, stage: Int, execution: Int) {
    guard let (narrow, _) = differentiated.rounding(of: value), copyIsMissing(of: value) else { return }
    emit(narrow, phase: lossIsDone ? .recompute : .forward, stage: stage, execution: execution)
  }

  /// Widens the rounded copy of a value that is not live itself.
  private mutating func emitWidening(of value: ValueID, stage: Int, phase: Phase) {
    guard let (_, widen) = differentiated.rounding(of: value) else {
      preconditionFailure("there is a copy, so there is a node that widens it")
    }
    emit(widen, phase: phase, stage: stage, execution: -1)
    location[value.index] = location[graph.nodes[widen].outputs[0].index]
  }

  /// Lets go of evaluated values that nobody holds.
  private mutating func forget(_ evaluated: [ValueID]) {
    for value in evaluated where holders[value.index] == 0 { location[value.index] = -1 }
  }

  private func copyIsMissing(of value: ValueID) -> Bool {
    let copy = differentiated.keptForm(of: value)
    return copy == value || location[copy.index] < 0
  }

  /// Evaluates a forward value again, with what it is made from, where a backward node reads it and it is not live.
  ///
  /// - Parameter phase: of reading what is kept: part of a reverse step, or of what is executed again from there.
  private mutating func materialize(
    _ value: ValueID, stage: Int, phase: Phase, evaluated: inout [ValueID]
  ) throws(PlanningError) {
    guard operand(of: value) == nil else { return }
    var missing: Set<Int> = []
    var frontier = [value]
    while let next = frontier.popLast() {
      guard operand(of: next) == nil, copyIsMissing(of: next) else { continue }
      guard case .node(let producer) = graph[next].source,
        graph.nodes[producer].operation.isReevaluable || isKeptInPart(stage, producer)
      else {
        throw PlanningError(
          "stage \(stage) needs %\(next.index), which is not live and cannot be evaluated from what is")
      }
      if missing.insert(producer).inserted { frontier += graph.nodes[producer].inputs }
    }
    func widen(_ value: ValueID) {
      guard operand(of: value) == nil else { return }
      emitWidening(of: value, stage: stage, phase: phase)
      evaluated.append(value)
    }
    let nodes = missing.sorted()
    for node in nodes {
      for input in graph.nodes[node].inputs { widen(input) }
      emit(node, phase: .recompute, stage: stage, execution: -1)
    }
    widen(value)
    let outputs = nodes.flatMap { graph.nodes[$0].outputs }
    evaluated += outputs
    guard nodes.contains(where: { graph.nodes[$0].operation.isProduct }) else { return }
    for passing in chain.stages[stage].passing(outputs, besides: value) where holders[passing.index] == 0 {
      location[passing.index] = -1
    }
  }

  /// Whether the node is one of a stage that is kept in a form whose reverse step executes nodes of every kind again.
  private func isKeptInPart(_ stage: Int, _ node: Int) -> Bool {
    guard chain.stages.indices.contains(stage), heldResiduals[stage] != nil else { return false }
    let stage = chain.stages[stage]
    return stage.forms[formOfResiduals[stage.index]].executesProductsAgain && stage.forwardNodes.contains(node)
  }

  private func operand(of value: ValueID) -> Operand? {
    facts.fixedOperands[value.index] ?? (location[value.index] >= 0 ? .buffer(Int(location[value.index])) : nil)
  }

  // MARK: Holding

  private mutating func hold(_ value: ValueID) { holders[value.index] += 1 }

  private mutating func release(_ value: ValueID) {
    holders[value.index] -= 1
    if holders[value.index] == 0 { location[value.index] = -1 }
  }

  /// Lets go of what is kept of a value. A copy stays known while the value is the running one, and may be held again.
  private mutating func releaseKept(_ value: ValueID) {
    let kept = differentiated.keptForm(of: value)
    if kept != value, value == runningValue { holders[kept.index] -= 1 } else { release(kept) }
  }

  private mutating func forgetCopy(of value: ValueID) {
    let copy = differentiated.keptForm(of: value)
    if copy != value, holders[copy.index] == 0 { location[copy.index] = -1 }
  }
}
