internal import COneDNN
internal import SystemCalls

/// Where an argument of a step lies, relative to the addresses that a kernel is bound to.
enum OneDNNOperand {
  case input(Int, byteOffset: Int = 0)
  case output
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
    case .input(_, let offset), .scratchpad(let offset): offset
    case .output: 0
    }
  }
}

/// The addresses of one bound kernel. The operators here have at most three inputs, and one output.
struct OneDNNAddresses {
  fileprivate static let outputSlot = 3
  fileprivate static let scratchpadSlot = 4

  private var slots: InlineArray<5, UInt> = [0, 0, 0, 0, 0]

  /// Nil where there are more inputs than any operator here has, or not one output.
  init?(inputs: [MemoryAddress], outputs: [MemoryAddress], scratchpad: MemoryAddress?) {
    guard inputs.count <= Self.outputSlot, outputs.count == 1 else { return nil }
    for (index, input) in inputs.enumerated() { slots[index] = input.bitPattern }
    slots[Self.outputSlot] = outputs[0].bitPattern
    slots[Self.scratchpadSlot] = scratchpad?.bitPattern ?? 0
  }

  /// The same with every operand moved by some bytes.
  ///
  /// - Parameters:
  ///   - inputs: for each input; a missing one stays.
  func advanced(inputs: InlineArray<3, Int>, output: Int) -> OneDNNAddresses {
    var moved = self
    for index in inputs.indices { moved.slots[index] &+= UInt(bitPattern: inputs[index]) }
    moved.slots[Self.outputSlot] &+= UInt(bitPattern: output)
    return moved
  }

  subscript(operand: OneDNNOperand) -> MemoryAddress {
    MemoryAddress(bitPattern: slots[operand.slot]).advanced(by: operand.byteOffset)
  }

  /// Has an operand stand elsewhere.
  mutating func move(_ operand: OneDNNOperand, to address: MemoryAddress) { slots[operand.slot] = address.bitPattern }
}

/// The steps, one after the other, that compute one operator at one size.
///
/// It knows no addresses, so all kernels bound to one signature share it: setting an argument's address takes 10 ns,
/// an argument of one's own would take 800 bytes (oneDNN 2.6.3).
@safe final class OneDNNProgram {
  private enum Step {
    case primitive(OneDNNPrimitive, arguments: Range<Int>)
    case own((OneDNNAddresses) -> Void)
  }

  private let context: OneDNNContext
  private var steps: [Step] = []
  /// The arguments of all primitives, and the same in the form that an execution takes.
  private var arguments: [(memory: OneDNNMemory, place: OneDNNOperand)] = []
  private var executionArguments: [dnnl_exec_arg_t] = unsafe []
  /// The implementations, in the order of their execution.
  private(set) var implementationNames: [String] = []
  /// Bytes of workspace of an execution: what steps hand to each other, and the most that one step asks for itself.
  private(set) var scratchpadByteCount = 0
  private var handedOnByteCount = 0

  init(context: OneDNNContext) {
    self.context = context
  }

  /// Workspace that lives from step to step. To be called before the first step is added.
  func reserveScratchpad(_ byteCount: Int) -> OneDNNOperand {
    precondition(steps.isEmpty, "the steps' own workspace lies behind what they hand on")
    let offset = handedOnByteCount
    handedOnByteCount += (byteCount + 63) / 64 * 64
    scratchpadByteCount = handedOnByteCount
    return .scratchpad(byteOffset: offset)
  }

  /// Adds a primitive with its arguments: `DNNL_ARG_…`, memory, place.
  func append(_ primitive: OneDNNPrimitive, _ operands: [(Int32, OneDNNMemory, OneDNNOperand)]) {
    implementationNames.append(primitive.implementationName)
    let start = arguments.count
    for (kind, memory, place) in operands { append(kind, memory, place) }
    if let (byteCount, memory) = primitive.scratchpad {
      append(DNNL_ARG_SCRATCHPAD, memory, .scratchpad(byteOffset: handedOnByteCount))
      scratchpadByteCount = max(scratchpadByteCount, handedOnByteCount + byteCount)
    }
    steps.append(.primitive(primitive, arguments: start..<arguments.count))
  }

  /// Adds a kernel of our own.
  func append(_ name: String, _ body: @escaping (OneDNNAddresses) -> Void) {
    implementationNames.append(name)
    steps.append(.own(body))
  }

  private func append(_ kind: Int32, _ memory: OneDNNMemory, _ place: OneDNNOperand) {
    arguments.append((memory, place))
    unsafe executionArguments.append(dnnl_exec_arg_t(arg: kind, memory: memory.handle))
  }

  /// Runs all steps.
  ///
  /// An execution that fails leaves its output undefined, nobody can go on from there, and `BoundKernel.run` has no way
  /// to report: it ends the process with a sentence.
  func run(at addresses: OneDNNAddresses) {
    for step in steps {
      switch step {
      case .primitive(let primitive, let range):
        for argument in arguments[range] {
          let address = unsafe UnsafeMutableRawPointer(bitPattern: addresses[argument.place].bitPattern)
          unsafe succeed(dnnl_memory_set_data_handle(argument.memory.handle, address))
        }
        unsafe executionArguments.withUnsafeBufferPointer { all in
          let first = unsafe all.baseAddress.map { unsafe $0 + range.lowerBound }
          unsafe succeed(dnnl_primitive_execute(primitive.handle, context.stream, Int32(range.count), first))
        }
      case .own(let body): body(addresses)
      }
    }
    unsafe succeed(dnnl_stream_wait(context.stream))
  }

  @inline(__always)
  private func succeed(_ status: dnnl_status_t) {
    guard status == dnnl_success else {
      fatalError("oneDNN failed to run \(implementationNames): \(KernelError.statusName(status))")
    }
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
