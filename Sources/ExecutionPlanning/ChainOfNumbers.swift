import Checkpointing
import ComputationGraph
import Differentiation

extension StageChain {
  /// What schedulers see of the stages: bytes and seconds, no graph.
  func chain(of differentiated: DifferentiatedGraph, costs: CostModel, scratchpadByteCounts: [Int]) throws(ChainError)
    -> Chain
  {
    let graph = differentiated.graph
    let meter = StageMeter(
      graph: graph, scratchpadByteCounts: scratchpadByteCounts,
      gradients: Set(differentiated.gradients.compactMap(\.self)))
    return try Chain(
      stages: stages.map { stage in
        let output = bytes(of: stage.output, in: graph)
        let cotangents = output + (stage.index == 0 ? 0 : bytes(of: stage.input, in: graph))
        let reverse = reverseSequence(of: stage, form: stage.forms[0], in: graph)
        return ChainStage(
          outputBytes: output,
          readsInput: readsInput(stage, in: graph),
          forwardSeconds: stage.forwardNodes.reduce(0) { $0 + costs.seconds(of: graph.nodes[$1], in: graph) },
          backwardSeconds: stage.backwardNodes.reduce(0) { $0 + costs.seconds(of: graph.nodes[$1], in: graph) },
          forwardWorkspaceBytes: meter.peakByteCount(
            of: Array(stage.forwardNodes), outside: [stage.input, stage.output]),
          backwardWorkspaceBytes: max(
            0,
            meter.peakByteCount(of: reverse, outside: Set(stage.forms[0].held + [stage.input, stage.output]))
              - cotangents),
          forms: stage.forms.map { form in
            let evaluated = reverseSequence(of: stage, form: form, in: graph).filter {
              graph.nodes[$0].differentiates == nil
            }
            return ResidualForm(
              name: form.name,
              byteCount: form.held.reduce(0) { $0 + ($1 == stage.output ? 0 : bytes(of: $1, in: graph)) },
              holdsOutput: form.holdsOutput, derivesOutput: form.derivesOutput,
              extraBackwardSeconds: evaluated.reduce(0) { $0 + costs.seconds(of: graph.nodes[$1], in: graph) })
          })
      })
  }

  private func bytes(of value: ValueID, in graph: Graph) -> Int {
    (graph[value].shape.byteCount(of: graph.elementType) + bufferAlignment - 1) & ~(bufferAlignment - 1)
  }

  /// Whether the reverse step needs the stage's input, to read or to evaluate something again from it.
  private func readsInput(_ stage: Stage, in graph: Graph) -> Bool {
    reverseSequence(of: stage, form: stage.forms[0], in: graph).contains {
      graph.nodes[$0].inputs.contains(stage.input)
    }
  }

  /// The backward nodes of a stage, each after the forward nodes that must be evaluated again for it.
  private func reverseSequence(of stage: Stage, form: KeptForm, in graph: Graph) -> [Int] {
    var live = Set(form.held)
    live.insert(stage.input)
    var sequence: [Int] = []
    for node in stage.backwardNodes {
      var missing: Set<Int> = []
      var frontier = graph.nodes[node].inputs
      while let value = frontier.popLast() {
        guard !live.contains(value), case .node(let producer) = graph[value].source,
          stage.forwardNodes.contains(producer)
        else { continue }
        if missing.insert(producer).inserted { frontier += graph.nodes[producer].inputs }
      }
      for producer in missing.sorted() {
        sequence.append(producer)
        live.formUnion(graph.nodes[producer].outputs)
      }
      sequence.append(node)
    }
    return sequence
  }
}

/// Counts the bytes that a sequence of nodes needs beside the values that stand outside it.
private struct StageMeter {
  let graph: Graph
  let scratchpadByteCounts: [Int]
  /// Parameters' gradients, which stand outside the arena.
  let gradients: Set<ValueID>

  /// The largest sum of live bytes over the sequence: values computed or read in it, each from its first to its last
  /// mention, one written in place of another counted once, and each node's workspace. Parameters, gradients and the
  /// values in `outside` do not count.
  func peakByteCount(of sequence: [Int], outside: Set<ValueID>) -> Int {
    var lastMention: [ValueID: Int] = [:]
    for (time, node) in sequence.enumerated() {
      for value in graph.nodes[node].inputs + graph.nodes[node].outputs { lastMention[value] = time }
    }
    var live: [ValueID: Int] = [:]
    var total = 0
    var peak = 0
    for (time, index) in sequence.enumerated() {
      let node = graph.nodes[index]
      for value in node.inputs + node.outputs where live[value] == nil && counts(value, outside: outside) {
        let bytes = (graph[value].shape.byteCount(of: graph.elementType) + bufferAlignment - 1) & -bufferAlignment
        live[value] = bytes
        total += bytes
      }
      let replaced = node.operation.overwritableInputs.first { position in
        let input = node.inputs[position]
        return lastMention[input] == time && live[input] != nil && live[input] == live[node.outputs[0]]
      }
      let inPlace = replaced.flatMap { live[node.inputs[$0]] } ?? 0
      peak = max(peak, total - inPlace + scratchpadByteCounts[index])
      for value in node.inputs + node.outputs where lastMention[value] == time {
        total -= live.removeValue(forKey: value) ?? 0
      }
    }
    return peak
  }

  private func counts(_ value: ValueID, outside: Set<ValueID>) -> Bool {
    guard case .node = graph[value].source else { return false }
    return !outside.contains(value) && !gradients.contains(value)
  }
}
