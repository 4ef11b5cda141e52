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
/// an argument of one's own would take 800 bytes (oneDNN 2.6.3). Threads that run it at the same time have copies.
@safe final class OneDNNProgram {
  private enum Step {
    case primitive(OneDNNPrimitive, arguments: Range<Int>)
    case own((OneDNNAddresses) -> Void)
  }

  private let context: OneDNNContext
  private var steps: [Step] = []
  /// What makes the own kernels among the steps, in their order.
  private var makersOfOwn: [(OneDNNContext) throws(KernelError) -> (OneDNNAddresses) -> Void] = []
  /// The arguments of all primitives, and the same in the form that an execution takes.
  private var arguments: [(kind: Int32, memory: OneDNNMemory, place: OneDNNOperand)] = []
  private var executionArguments: [dnnl_exec_arg_t] = unsafe []
  /// The implementations, in the order of their execution.
  private(set) var implementationNames: [String] = []
  /// Bytes of workspace of an execution: what steps hand to each other, and the most that one step asks for itself.
  private(set) var scratchpadByteCount = 0
  private var handedOnByteCount = 0
  /// Bytes of copies of the programs that steps enclose.
  private var enclosedByteCount = 0

  init(context: OneDNNContext) {
    self.context = context
  }

  /// The same program for another thread: it executes the same code, of which there is one copy, and has all that an
  /// execution writes to for itself, reference counts among it.
  ///
  /// - Parameter context: of the other thread, with this one's engine.
  func copy(for context: OneDNNContext) throws(KernelError) -> OneDNNProgram {
    guard context !== self.context else { return self }
    let copy = OneDNNProgram(context: context)
    copy.implementationNames = implementationNames
    copy.scratchpadByteCount = scratchpadByteCount
    copy.handedOnByteCount = handedOnByteCount
    copy.enclosedByteCount = enclosedByteCount
    for (kind, memory, place) in arguments { copy.append(kind, try memory.copy(context), place) }
    copy.makersOfOwn = makersOfOwn
    var makers = makersOfOwn.makeIterator()
    for step in steps {
      switch step {
      case .primitive(let primitive, let range):
        copy.steps.append(.primitive(OneDNNPrimitive(sharing: primitive), arguments: range))
      case .own:
        if let make = makers.next() { copy.steps.append(.own(try make(context))) }
      }
    }
    return copy
  }

  /// Bytes that a copy takes.
  var copyByteCount: Int {
    Self.baseByteCount + steps.count * Self.stepByteCount + arguments.count * Self.argumentByteCount + enclosedByteCount
  }

  // Measured, with oneDNN 2.6.3.
  private static let baseByteCount = 260
  private static let stepByteCount = 140
  private static let argumentByteCount = 960

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
  ///
  /// - Parameters:
  ///   - enclosed: a program that it runs.
  ///   - make: makes it for a thread's context. Threads do not share it, since they would wait for each other to count
  ///     references to what it captures.
  func append(
    _ name: String, enclosing enclosed: OneDNNProgram? = nil,
    _ make: @escaping (OneDNNContext) throws(KernelError) -> (OneDNNAddresses) -> Void
  ) throws(KernelError) {
    implementationNames.append(name)
    steps.append(.own(try make(context)))
    makersOfOwn.append(make)
    enclosedByteCount += enclosed?.copyByteCount ?? 0
  }

  private func append(_ kind: Int32, _ memory: OneDNNMemory, _ place: OneDNNOperand) {
    arguments.append((kind, memory, place))
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
