import Checkpointing
import ComputationGraph
import Differentiation
import ExecutionPlanning

/// Finds out what a plan does with each value of the forward pass, and says why.
struct ValueFates {
  let differentiated: DifferentiatedGraph
  let plan: Plan
  let schedule: Schedule
  let stages: StageChain
  let names: ValueNames

  private var graph: Graph { differentiated.graph }

  func all() -> [ValueFate] {
    var buffers: [ValueID: [Int]] = [:]
    for (index, buffer) in plan.buffers.enumerated() {
      if let value = buffer.value { buffers[value, default: []].append(index) }
    }
    let readers = backwardReaders()
    let computations = buffers.mapValues(\.count)
    var fates = [fate(ofInput: readers[graph.input] ?? [])]
    for (stage, node) in forwardNodes() {
      for output in graph.nodes[node].outputs where output != graph.loss {
        fates.append(fate(of: output, stage: stage, computations: computations, readers: readers[output] ?? []))
      }
    }
    return fates
  }

  private func forwardNodes() -> [(stage: Int, node: Int)] {
    stages.stages.flatMap { stage in stage.forwardNodes.map { (stage.index, $0) } }
  }

  /// By forward value: the names of what reverse steps compute from it.
  private func backwardReaders() -> [ValueID: [String]] {
    var readers: [ValueID: [String]] = [:]
    for node in differentiated.backwardNodes {
      for input in Set(node.inputs) {
        guard let output = node.outputs.first else { continue }
        readers[input, default: []].append(names[output])
      }
    }
    return readers
  }

  private func fate(ofInput readers: [String]) -> ValueFate {
    ValueFate(
      name: names[graph.input], byteCount: graph.byteCount(of: graph.input), stage: 0,
      fate: .external,
      reason: "the data set's batch holds it, outside the arena"
        + (readers.isEmpty ? "" : "; read by \(list(readers))"))
  }

  private func fate(
    of value: ValueID, stage: Int, computations: [ValueID: Int], readers: [String]
  ) -> ValueFate {
    let count = computations[value] ?? 0
    let isSweptAgain = graph.nodes[stages.stages[stage].forwardNodes].contains { node in
      node.operation.isProduct && node.outputs.contains { computations[$0] ?? 0 > 1 }
    }
    var result = ValueFate(
      name: names[value], byteCount: graph.byteCount(of: value), stage: stage,
      fate: .stored, reason: "")
    if readers.isEmpty {
      let restartsAt = restartStage(readingFrom: value)
      result.fate = count > 1 ? .recomputed(count - 1) : restartsAt == nil ? .dropped : .stored
      result.reason =
        restartsAt.map { "no reverse step reads it, but stage \($0) starts again from it" }
        ?? (count > 1 ? "on the way to what is needed; " : "") + "no reverse step reads it" + reasonToDrop(value)
      return result
    }
    if count <= 1 {
      result.reason = "\(list(readers)) \(readers.count == 1 ? "reads" : "read") it; \(reasonToKeep(value, stage))"
    } else {
      result.fate = .recomputed(count - 1)
      result.reason =
        "\(list(readers)) \(readers.count == 1 ? "reads" : "read") it; "
        + reasonToRecompute(value, stage, isSweptAgain: isSweptAgain)
    }
    return result
  }

  /// Why a pre-activation or the like is not needed again.
  private func reasonToDrop(_ value: ValueID) -> String {
    for node in differentiated.forwardNodes where node.inputs.first == value {
      switch node.operation {
      case .activation(let activation) where activation.savedSide == .output:
        return ": the derivative of \(activation.name) is computed from \(names[node.outputs[0]])"
      case .dropout: return ": the mask of a dropout is computed again from the seed"
      case .add: return ": the cotangent of a sum is that of both terms"
      case .linear, .activation, .layerNormStatistics, .layerNorm, .batchNormStatistics, .batchNorm,
        .updateRunningStatistics, .loss, .correctCount, .lossGradient, .activationGradient, .linearInputGradient,
        .linearWeightGradient, .linearBiasGradient, .layerNormInputGradient, .layerNormParameterGradients,
        .batchNormInputGradient, .batchNormParameterGradients, .narrow, .widen, .parameterUpdate:
        continue
      }
    }
    return ""
  }

  private func reasonToKeep(_ value: ValueID, _ stage: Int) -> String {
    if let restart = restartStage(readingFrom: value) {
      return "kept as the restart value of stage \(restart)"
    }
    let keepers = schedule.actions.compactMap { action -> Int? in
      guard case .forward(let index, .residuals, let form) = action,
        stages.stages[index].input == value || stages.stages[index].forms[form].held.contains(value)
      else { return nil }
      return index
    }
    if let keeper = keepers.first { return "the schedule keeps what stage \(keeper) reads in reverse" }
    if value == graph.prediction { return "the loss and the reverse pass follow at once" }
    return "it is still live when its reverse step comes"
  }

  private func reasonToRecompute(_ value: ValueID, _ stage: Int, isSweptAgain: Bool) -> String {
    guard isSweptAgain else { return "it is evaluated again, element by element, from what stage \(stage) keeps" }
    let restart = schedule.checkpoints.last { $0 <= stage } ?? 0
    let source = "computed again from \(names[stages.stages[restart].input]), where stage \(restart) starts again"
    guard let successor = restartStage(readingFrom: value) else { return "gone by then, and \(source)" }
    return "kept as the restart value of stage \(successor) until that is reversed, then \(source)"
  }

  /// The stage that starts again from a value that was kept for it.
  private func restartStage(readingFrom value: ValueID) -> Int? {
    for action in schedule.actions {
      if case .forward(let index, .checkpoint, _) = action, stages.stages[index].input == value { return index }
    }
    return nil
  }

  private func list(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " and " + last
  }
}
