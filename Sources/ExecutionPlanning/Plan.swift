package import ComputationGraph

/// What one iteration executes, in order and with addresses: instructions over buffers in one arena.
///
/// A plan knows nothing of why a value is computed twice; it is a straight line of instructions, made from a graph and
/// a schedule, checked, priced and printed before anything runs.
package struct Plan: Sendable {
  package let graph: Graph
  package var instructions: [Instruction]
  package var buffers: [PlannedBuffer]
  /// Height of the layout: the arena bytes that a run of this plan needs, and touches to the byte.
  package var peakByteCount: Int
  /// The largest sum of aligned live bytes at one instruction: no layout can be lower.
  package var lowerBoundByteCount: Int
  /// Counts of what the schedule prescribes and of what was left out.
  package let executions: ExecutionCounts

  /// Floating-point operations of one run.
  package var flops: Double { instructions.reduce(0) { $0 + Double(graph.flops(of: graph.nodes[$1.node])) } }

  /// Workspace bytes at the instruction that needs most.
  package var largestWorkspaceByteCount: Int {
    buffers.reduce(0) { $1.category == .workspace ? max($0, $1.byteCount) : $0 }
  }
}

package struct ExecutionCounts: Hashable, Sendable {
  /// Stage forward executions that the schedule prescribes in one iteration.
  package var prescribed: Int
  /// Those whose products were left out since their results were live already or are never read.
  package var elided: Int
  /// Products that reverse steps execute again inside their stages.
  package var partial = 0

  /// Those that a plan has instructions for, a partial one taken as a whole.
  package var carriedOut: Int { prescribed - elided + partial }
}

/// The part of an iteration that an instruction belongs to.
package enum Phase: String, Hashable, Sendable, CaseIterable {
  /// The first execution of a forward node, the loss included.
  case forward
  /// Every later execution of a forward node, and one from what is kept whose first was left out as nobody read it.
  case recompute
  case backward
  /// Updates of parameters inside the reverse pass.
  case update
}

/// One execution of a node. A deep network's plans have millions: numbers are stored in 32 bits.
package struct Instruction: Hashable, Sendable {
  package var node: Int {
    get { Int(storedNode) }
    set { storedNode = Int32(newValue) }
  }
  /// The stage it works for; the number of stages stands for the loss.
  package var stage: Int { Int(storedStage) }
  package var inputs: OperandList<Operand>
  package var outputs: OperandList<Operand>
  /// The buffer of its workspace; nil where it needs none.
  package var workspace: Int? {
    get { storedWorkspace < 0 ? nil : Int(storedWorkspace) }
    set { storedWorkspace = newValue.map { Int32($0) } ?? -1 }
  }
  package let phase: Phase
  /// Whether the outputs, parameters' gradients, are added to what stands there.
  package let addsToOutputs: Bool

  private var storedNode: Int32
  private let storedStage: Int32
  private var storedWorkspace: Int32 = -1

  package init(
    node: Int, phase: Phase, stage: Int, inputs: OperandList<Operand>, outputs: OperandList<Operand>,
    addsToOutputs: Bool
  ) {
    storedNode = Int32(node)
    self.phase = phase
    storedStage = Int32(stage)
    self.inputs = inputs
    self.outputs = outputs
    self.addsToOutputs = addsToOutputs
  }
}

/// Bytes of the arena that hold one value from the instruction that writes it to the last that reads it.
package struct PlannedBuffer: Hashable, Sendable {
  package enum Category: String, Hashable, Sendable, CaseIterable {
    case activation
    case cotangent
    case workspace
    /// Of a parameter that is updated inside the reverse pass; other gradients are in no buffer.
    case gradient
  }

  /// The value, nil for workspace.
  package let value: ValueID?
  package let stage: Int
  package let category: Category
  package let byteCount: Int
  /// Indices of the instructions from the one that writes it to one past the last that reads it.
  package var liveRange: Range<Int>
  /// Bytes from the arena's start. Buffers that follow one another in place share an offset.
  package var offset: Int
  /// Whether another buffer takes over its bytes in place when it ends.
  package var isOverwritten: Bool

  package init(
    value: ValueID?, stage: Int, category: Category, byteCount: Int, liveRange: Range<Int>, offset: Int,
    isOverwritten: Bool
  ) {
    self.value = value
    self.stage = stage
    self.category = category
    self.byteCount = byteCount
    self.liveRange = liveRange
    self.offset = offset
    self.isOverwritten = isOverwritten
  }

  /// `byteCount` rounded up to the alignment: what the buffer occupies.
  package var alignedByteCount: Int { bufferAligned(byteCount) }
}

/// The alignment of every buffer in the arena, in bytes: a cache line, and the widest vector.
package let bufferAlignment = 64

/// Bytes rounded up to the alignment of buffers.
package func bufferAligned(_ byteCount: Int) -> Int { (byteCount + bufferAlignment - 1) & ~(bufferAlignment - 1) }
