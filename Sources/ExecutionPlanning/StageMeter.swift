import ComputationGraph

/// Counts the bytes that a sequence of nodes needs in the arena, as a plan of that sequence would.
struct StageMeter {
  let graph: Graph
  let scratchpadByteCounts: [Int]
  /// Parameters' gradients, which stand outside the arena.
  let gradients: Set<ValueID>
  private let scratch: Scratch

  init(graph: Graph, scratchpadByteCounts: [Int], gradients: Set<ValueID>) {
    self.graph = graph
    self.scratchpadByteCounts = scratchpadByteCounts
    self.gradients = gradients
    scratch = Scratch(valueCount: graph.values.count)
  }

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
    return bufferAligned(graph.byteCount(of: value))
  }

  /// The largest sum of live bytes over the sequence: each value from its first to its last mention (from the start
  /// where it enters, to the end where it survives; from each time that it is computed where that is more than once),
  /// one written in place of another counted once, and each node's workspace. A widened copy is the value once more.
  func peakByteCount(of sequence: [Int], in surroundings: Surroundings) -> Int {
    var mentions = scratch.take()
    defer { scratch.mentions = mentions }
    mentions.record(sequence, in: graph, surviving: surroundings.surviving)
    var total = 0
    mentions.countBytes { instance in
      let byteCount = surroundings.outside.contains(instance.value) ? 0 : byteCount(of: instance.value)
      let isLive = instance.isFirst && surroundings.entering.contains(instance.value)
      if isLive { total += byteCount }
      return (byteCount, isLive)
    }
    var peak = total
    for (time, index) in sequence.enumerated() {
      total += mentions.begin(at: time)
      let inPlace = mentions.byteCountInPlace(graph.nodes[index].operation, at: time)
      peak = max(peak, total - inPlace + scratchpadByteCount(ofNode: index))
      total -= mentions.end(at: time)
    }
    return peak
  }

  /// A value each time that a sequence computes it, and as it was before the sequence where it is read first.
  private struct Instance {
    let value: ValueID
    /// Whether it is the value as it was before the sequence.
    let isFirst: Bool
    /// The last node of the sequence that mentions it, the count of nodes where it survives.
    var lastTime = -1
    /// What it takes while it is live.
    var byteCount = 0
    var isLive = false
  }

  /// The instances that a sequence reads and writes.
  private struct Mentions {
    private var instances: [Instance] = []
    /// Node after node its inputs, then its outputs.
    private var mentioned: [Int] = []
    private var inputStarts: [Int] = []
    private var outputStarts: [Int] = []
    /// By value of the graph the latest of its instances, -1 between two sequences: found without hashing, for chains
    /// have a million sequences.
    private var latest: [Int32]

    init(valueCount: Int) {
      latest = Array(repeating: -1, count: valueCount)
    }

    /// Takes down a sequence, and nothing else any longer.
    mutating func record(_ sequence: [Int], in graph: Graph, surviving: Set<ValueID>) {
      instances.removeAll(keepingCapacity: true)
      mentioned.removeAll(keepingCapacity: true)
      inputStarts.removeAll(keepingCapacity: true)
      outputStarts.removeAll(keepingCapacity: true)
      for (time, index) in sequence.enumerated() {
        let node = graph.nodes[index]
        inputStarts.append(mentioned.count)
        for value in node.inputs { mention(latestInstance(of: value), at: time) }
        outputStarts.append(mentioned.count)
        for output in node.outputs {
          let value = node.operation == .widen ? graph.unrounded(output) : output
          mention(newInstance(of: value, isFirst: false), at: time)
        }
      }
      inputStarts.append(mentioned.count)
      for value in surviving { instances[latestInstance(of: value)].lastTime = sequence.count }
      for instance in instances { latest[instance.value.index] = -1 }
    }

    private mutating func latestInstance(of value: ValueID) -> Int {
      let known = Int(latest[value.index])
      return known >= 0 ? known : newInstance(of: value, isFirst: true)
    }

    private mutating func newInstance(of value: ValueID, isFirst: Bool) -> Int {
      latest[value.index] = Int32(instances.count)
      instances.append(Instance(value: value, isFirst: isFirst))
      return instances.count - 1
    }

    private mutating func mention(_ instance: Int, at time: Int) {
      mentioned.append(instance)
      instances[instance].lastTime = time
    }

    /// Sets of each instance what it takes and whether it is live before the sequence.
    mutating func countBytes(_ bytes: (Instance) -> (byteCount: Int, isLive: Bool)) {
      for index in instances.indices {
        (instances[index].byteCount, instances[index].isLive) = bytes(instances[index])
      }
    }

    /// What becomes live with a node, in bytes.
    mutating func begin(at time: Int) -> Int {
      var byteCount = 0
      for position in inputStarts[time]..<inputStarts[time + 1] where !instances[mentioned[position]].isLive {
        instances[mentioned[position]].isLive = true
        byteCount += instances[mentioned[position]].byteCount
      }
      return byteCount
    }

    /// What a node mentions last, in bytes.
    mutating func end(at time: Int) -> Int {
      var byteCount = 0
      for position in inputStarts[time]..<inputStarts[time + 1] {
        let instance = instances[mentioned[position]]
        guard instance.isLive, instance.lastTime == time else { continue }
        instances[mentioned[position]].isLive = false
        byteCount += instance.byteCount
      }
      return byteCount
    }

    /// Bytes of the input that the node's output takes the place of; 0 where there is none.
    func byteCountInPlace(_ operation: Operator, at time: Int) -> Int {
      let inputs = mentioned[inputStarts[time]..<outputStarts[time]]
      guard outputStarts[time] < inputStarts[time + 1] else { return 0 }
      let output = instances[mentioned[outputStarts[time]]]
      let isReplaced = operation.overwritableInputs.contains { position in
        let input = inputs[inputs.startIndex + position]
        return instances[input].lastTime == time && instances[input].byteCount == output.byteCount
          && inputs.count(where: { $0 == input }) == 1
      }
      return isReplaced ? output.byteCount : 0
    }
  }

  /// The memory in which sequences are taken down, used again for one after the other.
  private final class Scratch {
    var mentions: Mentions?
    private let valueCount: Int

    init(valueCount: Int) { self.valueCount = valueCount }

    func take() -> Mentions {
      defer { mentions = nil }
      return mentions ?? Mentions(valueCount: valueCount)
    }
  }

  private func scratchpadByteCount(ofNode node: Int) -> Int {
    bufferAligned(scratchpadByteCounts[node])
  }
}
