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
  /// where it enters, to the end where it survives; from each time that it is computed where that is more than once),
  /// one written in place of another counted once, and each node's workspace. A widened copy is the value once more.
  func peakByteCount(of sequence: [Int], in surroundings: Surroundings) -> Int {
    var mentions = Mentions()
    let nodes = sequence.map { mentions.instances(of: graph.nodes[$0], in: graph) }
    var lastMention: [Instance: Int] = [:]
    for (time, node) in nodes.enumerated() {
      for instance in node.inputs + node.outputs { lastMention[instance] = time }
    }
    for value in surroundings.surviving { lastMention[mentions.latest(of: value)] = sequence.count }
    var live: [Instance: Int] = [:]
    var total = 0
    for value in surroundings.entering where !surroundings.outside.contains(value) {
      let instance = Instance(value: value, number: 0)
      guard lastMention[instance] != nil else { continue }
      live[instance] = byteCount(of: value)
      total += byteCount(of: value)
    }
    var peak = total
    for (time, (index, node)) in zip(sequence, nodes).enumerated() {
      let operation = graph.nodes[index].operation
      for instance in node.inputs + node.outputs
      where live[instance] == nil && !surroundings.outside.contains(instance.value) {
        live[instance] = byteCount(of: instance.value)
        total += byteCount(of: instance.value)
      }
      let replaced = operation.overwritableInputs.first { position in
        let input = node.inputs[position]
        guard let bytes = live[input], bytes > 0, lastMention[input] == time else { return false }
        return bytes == live[node.outputs[0]] && node.inputs.count(where: { $0 == input }) == 1
      }
      let inPlace = replaced.flatMap { live[node.inputs[$0]] } ?? 0
      peak = max(peak, total - inPlace + scratchpadByteCount(ofNode: index))
      for instance in node.inputs + node.outputs where lastMention[instance] == time {
        total -= live.removeValue(forKey: instance) ?? 0
      }
    }
    return peak
  }

  /// A value as it was computed for the number-th time; 0 where it was live before.
  private struct Instance: Hashable {
    let value: ValueID
    var number: Int
  }

  /// Tells the instances that nodes read and write apart, one node after the other.
  private struct Mentions {
    private var numbers: [ValueID: Int] = [:]

    func latest(of value: ValueID) -> Instance { Instance(value: value, number: numbers[value] ?? 0) }

    mutating func instances(of node: Node, in graph: Graph) -> (inputs: [Instance], outputs: [Instance]) {
      let inputs = node.inputs.map(latest)
      let outputs = node.operation == .widen ? node.outputs.mapped { graph.unrounded($0) } : node.outputs
      for output in outputs { numbers[output, default: 0] += 1 }
      return (inputs, outputs.map(latest))
    }
  }

  private func scratchpadByteCount(ofNode node: Int) -> Int {
    (scratchpadByteCounts[node] + bufferAlignment - 1) & ~(bufferAlignment - 1)
  }
}
