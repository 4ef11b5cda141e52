import ComputationGraph

/// Counts the bytes that a sequence of nodes needs in the arena, as a plan of that sequence would.
struct StageMeter {
  let graph: Graph
  let scratchpadByteCounts: [Int]
  /// Parameters' gradients, which stand outside the arena.
  let gradients: Set<ValueID>

  /// What surrounds a sequence of nodes.
  struct Surroundings {
    /// Live when the sequence begins; each ends with its last mention, and at once where there is none.
    var entering: Set<ValueID> = []
    /// Live when the sequence ends.
    var surviving: Set<ValueID> = []
    /// Held from outside and not counted.
    var outside: Set<ValueID> = []
  }

  /// Aligned bytes of a value in the arena; 0 for one that does not stand there.
  func byteCount(of value: ValueID) -> Int {
    guard case .node = graph[value].source, !gradients.contains(value) else { return 0 }
    return (graph.byteCount(of: value) + bufferAlignment - 1) & ~(bufferAlignment - 1)
  }

  /// The largest sum of live bytes over the sequence: each value from its first to its last mention (from the start
  /// where it enters, to the end where it survives), one written in place of another counted once, and each node's
  /// workspace.
  func peakByteCount(of sequence: [Int], in surroundings: Surroundings) -> Int {
    var lastMention: [ValueID: Int] = [:]
    for (time, node) in sequence.enumerated() {
      for value in graph.nodes[node].inputs + graph.nodes[node].outputs { lastMention[value] = time }
    }
    for value in surroundings.surviving { lastMention[value] = sequence.count }
    var live: [ValueID: Int] = [:]
    var total = 0
    for value in surroundings.entering where lastMention[value] != nil && !surroundings.outside.contains(value) {
      live[value] = byteCount(of: value)
      total += byteCount(of: value)
    }
    var peak = total
    for (time, index) in sequence.enumerated() {
      let node = graph.nodes[index]
      for value in node.inputs + node.outputs where live[value] == nil && !surroundings.outside.contains(value) {
        live[value] = byteCount(of: value)
        total += byteCount(of: value)
      }
      let replaced = node.operation.overwritableInputs.first { position in
        let input = node.inputs[position]
        guard let bytes = live[input], bytes > 0, lastMention[input] == time else { return false }
        return bytes == live[node.outputs[0]] && node.inputs.count(where: { $0 == input }) == 1
      }
      let inPlace = replaced.flatMap { live[node.inputs[$0]] } ?? 0
      peak = max(peak, total - inPlace + scratchpadByteCount(ofNode: index))
      for value in node.inputs + node.outputs where lastMention[value] == time {
        total -= live.removeValue(forKey: value) ?? 0
      }
    }
    return peak
  }

  private func scratchpadByteCount(ofNode node: Int) -> Int {
    (scratchpadByteCounts[node] + bufferAlignment - 1) & ~(bufferAlignment - 1)
  }
}
