import ComputationGraph

/// Counts the bytes that a sequence of nodes needs in the arena, as a plan of that sequence would.
struct StageMeter {
  let graph: Graph
  let scratchpadByteCounts: [Int]
  /// Parameters' gradients, which stand outside the arena.
  let gradients: Set<ValueID>
  private let numbers: LatestInstances

  init(graph: Graph, scratchpadByteCounts: [Int], gradients: Set<ValueID>) {
    self.graph = graph
    self.scratchpadByteCounts = scratchpadByteCounts
    self.gradients = gradients
    numbers = LatestInstances(valueCount: graph.values.count)
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
    let mentions = Mentions(of: sequence, in: graph, surviving: surroundings.surviving, numbers)
    // By instance: what it takes while it is live, and whether it is.
    let byteCounts = mentions.values.map { surroundings.outside.contains($0) ? 0 : byteCount(of: $0) }
    var isLive = mentions.values.indices.map { instance in
      mentions.isFirst[instance] && surroundings.entering.contains(mentions.values[instance])
    }
    var total = zip(byteCounts, isLive).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
    var peak = total
    for (time, index) in sequence.enumerated() {
      let (inputs, outputs) = (mentions.inputs(at: time), mentions.outputs(at: time))
      for instance in mentions.all(at: time) where !isLive[instance] {
        isLive[instance] = true
        total += byteCounts[instance]
      }
      let replaced = graph.nodes[index].operation.overwritableInputs.first { position in
        let input = inputs[inputs.startIndex + position]
        return byteCounts[input] > 0 && mentions.lastTimes[input] == time
          && byteCounts[input] == outputs.first.map { byteCounts[$0] } && inputs.count(where: { $0 == input }) == 1
      }
      let inPlace = replaced.map { byteCounts[inputs[inputs.startIndex + $0]] } ?? 0
      peak = max(peak, total - inPlace + scratchpadByteCount(ofNode: index))
      for instance in mentions.all(at: time) where isLive[instance] && mentions.lastTimes[instance] == time {
        isLive[instance] = false
        total -= byteCounts[instance]
      }
    }
    return peak
  }

  /// The instances that a sequence reads and writes: a value each time that it is computed, and as it was before the
  /// sequence where it is read first.
  private struct Mentions {
    /// By instance.
    private(set) var values: [ValueID] = []
    /// By instance: whether it is the value as it was before the sequence.
    private(set) var isFirst: [Bool] = []
    /// By instance: the last node of the sequence that mentions it, the count of nodes where it survives.
    private(set) var lastTimes: [Int] = []
    /// Node after node its inputs, then its outputs.
    private var instances: [Int] = []
    private var inputStarts: [Int] = []
    private var outputStarts: [Int] = []

    init(of sequence: [Int], in graph: Graph, surviving: Set<ValueID>, _ latest: LatestInstances) {
      for (time, index) in sequence.enumerated() {
        let node = graph.nodes[index]
        inputStarts.append(instances.count)
        for value in node.inputs { mention(latestInstance(of: value, latest), at: time) }
        outputStarts.append(instances.count)
        for output in node.outputs {
          let value = node.operation == .widen ? graph.unrounded(output) : output
          latest[value] = newInstance(of: value, isFirst: false)
        }
        for output in node.outputs {
          let value = node.operation == .widen ? graph.unrounded(output) : output
          mention(latestInstance(of: value, latest), at: time)
        }
      }
      inputStarts.append(instances.count)
      for value in surviving { lastTimes[latestInstance(of: value, latest)] = sequence.count }
      for value in values { latest[value] = nil }
    }

    private mutating func latestInstance(of value: ValueID, _ latest: LatestInstances) -> Int {
      if let known = latest[value] { return known }
      let made = newInstance(of: value, isFirst: true)
      latest[value] = made
      return made
    }

    private mutating func newInstance(of value: ValueID, isFirst: Bool) -> Int {
      values.append(value)
      self.isFirst.append(isFirst)
      lastTimes.append(-1)
      return values.count - 1
    }

    private mutating func mention(_ instance: Int, at time: Int) {
      instances.append(instance)
      lastTimes[instance] = time
    }

    func inputs(at time: Int) -> ArraySlice<Int> { instances[inputStarts[time]..<outputStarts[time]] }
    func outputs(at time: Int) -> ArraySlice<Int> { instances[outputStarts[time]..<inputStarts[time + 1]] }
    func all(at time: Int) -> ArraySlice<Int> { instances[inputStarts[time]..<inputStarts[time + 1]] }
  }

  /// By value of the graph the latest of its instances, nil between two sequences: found without hashing, for chains
  /// have a million sequences.
  private final class LatestInstances {
    private var instances: [Int32]

    init(valueCount: Int) {
      instances = Array(repeating: -1, count: valueCount)
    }

    subscript(value: ValueID) -> Int? {
      get { instances[value.index] < 0 ? nil : Int(instances[value.index]) }
      set { instances[value.index] = newValue.map { Int32($0) } ?? -1 }
    }
  }

  private func scratchpadByteCount(ofNode node: Int) -> Int {
    bufferAligned(scratchpadByteCounts[node])
  }
}
