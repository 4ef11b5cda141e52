internal import COneDNN
internal import SystemCalls

/// Where an argument of a primitive lies, relative to the addresses that a kernel is bound to.
enum OneDNNOperand {
  case input(Int, byteOffset: Int = 0)
  case output(byteOffset: Int = 0)
  case scratchpad(byteOffset: Int)

  /// Inputs first, then the output, then the scratchpad.
  fileprivate var slot: Int {
    switch self {
    case .input(let index, _): index
    case .output: OneDNNAddresses.outputSlot
    case .scratchpad: OneDNNAddresses.scratchpadSlot
    }
  }

  fileprivate var byteOffset: Int {
    switch self {
    case .input(_, let offset), .output(let offset), .scratchpad(let offset): offset
    }
  }
}

/// The addresses of one bound kernel. oneDNN's operators here have at most three inputs and one output.
struct OneDNNAddresses {
  static let inputCapacity = 3
  static let outputSlot = 3
  static let scratchpadSlot = 4

  fileprivate var slots: InlineArray<5, UInt> = [0, 0, 0, 0, 0]

  /// Nil where there are more inputs than any operator here has, or not one output.
  init?(inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?) {
    guard inputs.count <= Self.inputCapacity, outputs.count == 1 else { return nil }
    for (index, input) in inputs.enumerated() { slots[index] = input.bitPattern }
    slots[Self.outputSlot] = outputs[0].bitPattern
    slots[Self.scratchpadSlot] = scratchpad?.bitPattern ?? 0
  }
}

/// The primitives, run one after the other, that compute one operator at one size. It knows no addresses, so all
/// kernels bound to the same signature share it: setting an argument's address takes 10 ns, an argument of one's own
/// 800 bytes (oneDNN 2.6.3).
@safe final class OneDNNProgram {
  private struct Step {
    let primitive: OneDNNPrimitive
    let arguments: Range<Int>
  }

  private struct Argument {
    let memory: OneDNNMemory
    let slot: Int
    let byteOffset: Int
  }

  private let context: OneDNNContext
  private var steps: [Step] = []
  private var arguments: [Argument] = []
  /// One for each of `arguments`, in the form that an execution takes.
  private var executionArguments: [dnnl_exec_arg_t] = unsafe []
  /// What oneDNN calls the implementations, in the order of their execution.
  private(set) var implementationNames: [String] = []
  /// Bytes of workspace of an execution: what steps hand to each other, and the most that one step asks for itself.
  private(set) var scratchpadByteCount = 0
  private var handedOnByteCount = 0

  init(context: OneDNNContext) {
    self.context = context
  }

  /// Workspace that lives from step to step. To be called before the first ``append(_:_:)``.
  func reserveScratchpad(_ byteCount: Int) -> OneDNNOperand {
    precondition(steps.isEmpty, "steps already use the workspace that lies behind")
    let offset = handedOnByteCount
    handedOnByteCount += (byteCount + 63) / 64 * 64
    scratchpadByteCount = handedOnByteCount
    return .scratchpad(byteOffset: offset)
  }

  /// Adds a step: a primitive with its arguments (`DNNL_ARG_…`, layout, place).
  func append(
    _ description: borrowing OneDNNPrimitiveDescription,
    _ operands: [(kind: Int32, layout: dnnl_memory_desc_t, place: OneDNNOperand)]
  ) throws(KernelError) {
    let primitive = try description.makePrimitive()
    implementationNames.append(description.implementationName)
    let start = arguments.count
    for operand in operands {
      try append(operand.kind, operand.layout, operand.place)
    }
    if let layout = description.layout(dnnl_query_scratchpad_md), description.scratchpadByteCount > 0 {
      try append(DNNL_ARG_SCRATCHPAD, layout, .scratchpad(byteOffset: handedOnByteCount))
      scratchpadByteCount = max(scratchpadByteCount, handedOnByteCount + description.scratchpadByteCount)
    }
    steps.append(Step(primitive: primitive, arguments: start..<arguments.count))
  }

  private func append(
    _ kind: Int32, _ layout: dnnl_memory_desc_t, _ place: OneDNNOperand
  ) throws(KernelError) {
    let memory = try OneDNNMemory(layout: layout, context: context)
    arguments.append(Argument(memory: memory, slot: place.slot, byteOffset: place.byteOffset))
    unsafe executionArguments.append(dnnl_exec_arg_t(arg: kind, memory: memory.handle))
  }

  /// Runs all steps. A failing execution has left its output undefined and can be undone by nobody, and `run` of a
  /// bound kernel has no way to report: it ends the process with a sentence.
  func run(at addresses: borrowing OneDNNAddresses) {
    for argument in arguments {
      let address = addresses.slots[argument.slot] &+ UInt(bitPattern: argument.byteOffset)
      let status = unsafe dnnl_memory_set_data_handle(
        argument.memory.handle, UnsafeMutableRawPointer(bitPattern: address))
      guard status == dnnl_success else { fail(status) }
    }
    unsafe executionArguments.withUnsafeBufferPointer { all in
      for step in steps {
        let status = unsafe dnnl_primitive_execute(
          step.primitive.handle, context.stream, Int32(step.arguments.count),
          all.baseAddress! + step.arguments.lowerBound)
        guard status == dnnl_success else { fail(status) }
      }
    }
    let status = unsafe dnnl_stream_wait(context.stream)
    guard status == dnnl_success else { fail(status) }
  }

  private func fail(_ status: dnnl_status_t) -> Never {
    fatalError("oneDNN failed to run \(implementationNames): \(KernelError.statusName(status))")
  }
}

/// A program with addresses.
final class OneDNNBoundKernel: BoundKernel {
  private let program: OneDNNProgram
  private let addresses: OneDNNAddresses

  init(program: OneDNNProgram, addresses: OneDNNAddresses) {
    self.program = program
    self.addresses = addresses
  }

  func run(_ context: RunContext) {
    program.run(at: addresses)
  }
}
