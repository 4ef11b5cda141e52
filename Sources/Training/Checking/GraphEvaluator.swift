package import ArenaMemory
package import ComputationGraph
import ExecutionPlanning
package import Kernels
import SystemCalls

/// Evaluates a graph node by node with a place of its own for every value: nothing is overwritten, so that each value
/// can be read afterwards and an evaluation may start again at any node.
///
/// What an executor's plan saves in memory is given up for that, and none of its code is shared: it serves small
/// networks, to be explained or checked. Nodes with side effects, the running statistics of batch norms, are left out.
package final class GraphEvaluator<Element: TrainingElement> {
  package let graph: Graph
  private let kernels: [(any BoundKernel)?]
  private let memory: MemoryBlock
  private let scratchpad: MemoryBlock
  /// By value: where it stands in `memory`, -1 where it is a parameter or a running state.
  private let offsets: [Int]
  private let storage: ParameterStorage<Element>

  /// More bytes of values than this are refused: 1 GiB.
  package static var maximumByteCount: Int { 1 << 30 }

  /// Binds every node.
  ///
  /// - Parameters:
  ///   - input: the batch's features, row-major.
  ///   - target: its targets, row-major.
  ///   - storage: the parameters, read anew in every evaluation.
  /// - Throws: `GraphError` where the values together pass `maximumByteCount`; errors of memory and kernels.
  package init(
    _ graph: Graph, input: [Element], target: [Element], storage: ParameterStorage<Element>,
    library: any KernelLibrary, in arena: JemallocArena
  ) throws {
    precondition(graph.elementType == Element.elementType, "values are read in the type that they are computed in")
    let layout = try ValueLayout(of: graph, maximumByteCount: Self.maximumByteCount)
    let memory = try MemoryBlock(byteCount: layout.byteCount, zeroed: true, in: arena)
    try memory.write(input, atByte: layout.offsets[graph.input.index])
    try memory.write(target, atByte: layout.offsets[graph.target.index])
    let signatures = graph.nodes.map { KernelSignature(of: $0, in: graph) }
    var scratchpadBytes = 0
    for signature in Set(signatures) {
      scratchpadBytes = max(scratchpadBytes, try library.scratchpadByteCount(for: signature))
    }
    let scratchpad = try MemoryBlock(byteCount: scratchpadBytes, in: arena)
    let parameters = storage.parameterAddresses
    let states = storage.stateAddresses
    let addresses = graph.values.enumerated().map { index, value in
      switch value.source {
      case .parameter(let parameter): parameters[parameter]
      case .state(let state): states[state]
      case .input, .target, .node: memory.address.advanced(by: layout.offsets[index])
      }
    }
    kernels = try zip(graph.nodes, signatures).map { node, signature in
      guard !node.operation.hasSideEffect else { return nil }
      return try library.bind(
        signature, inputs: node.inputs.map { addresses[$0.index] }, outputs: node.outputs.map { addresses[$0.index] },
        scratchpad: scratchpadBytes > 0 ? scratchpad.address : nil)
    }
    offsets = layout.offsets
    self.graph = graph
    self.memory = memory
    self.scratchpad = scratchpad
    self.storage = storage
  }

  /// Evaluates nodes in their order; what they read from before `nodes` is what the last evaluation left there.
  package func run(_ nodes: Range<Int>, context: RunContext) {
    for index in nodes { kernels[index]?.run(context) }
  }

  /// Evaluates some nodes, in the order given.
  package func run(_ nodes: [Int], context: RunContext) {
    for index in nodes { kernels[index]?.run(context) }
  }

  /// The elements of a value, row-major.
  package func elements(of value: ValueID) throws(ArenaMemoryError) -> [Element] {
    switch graph[value].source {
    case .parameter(let index): try storage.values(ofParameter: index)
    case .state(let index): try storage.values(ofState: index)
    case .input, .target, .node:
      try memory.read(Element.self, atByte: offsets[value.index], count: graph[value].shape.elementCount)
    }
  }

  /// The one element of the loss.
  package var loss: Element { memory.load(Element.self, atByte: offsets[graph.loss.index]) }
}

/// Values laid one after another, each at a multiple of 64 bytes; parameters and running states have places elsewhere.
private struct ValueLayout {
  var offsets: [Int] = []
  var byteCount = 0

  init(of graph: Graph, maximumByteCount: Int) throws(GraphError) {
    offsets.reserveCapacity(graph.values.count)
    for (index, value) in graph.values.enumerated() {
      switch value.source {
      case .parameter, .state: offsets.append(-1)
      case .input, .target, .node:
        offsets.append(byteCount)
        // No single value passes the graph's own cap, far below where this sum could overflow.
        byteCount += bufferAligned(graph.byteCount(of: ValueID(index: index)))
        guard byteCount <= maximumByteCount else {
          throw GraphError(
            "the values of this network on \(graph.batchRows) rows take more than \(maximumByteCount >> 20) MiB, the "
              + "most that is evaluated with a place for each; lower training.batchSize or choose a smaller network")
        }
      }
    }
  }
}
