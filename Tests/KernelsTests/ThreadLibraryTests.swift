import ArenaMemory
import ComputationGraph
import Testing

import Kernels

/// Libraries of threads that have rows of their own: one generates code, all execute it.
@Suite struct ThreadLibraryTests {
  private func signatures(
    rows: Int, widths: ClosedRange<Int>, _ activation: Activation, _ type: ElementType
  ) -> [KernelSignature] {
    widths.flatMap { width in
      let (x, w) = (Shape(rows: rows, columns: width), Shape(rows: width + 1, columns: width))
      let (u, b) = (Shape(rows: rows, columns: width + 1), Shape(rows: 1, columns: width + 1))
      let operands: [(Operator, [Shape])] = [
        (.linear(bias: true, activation: nil), [x, w, b]), (.linear(bias: true, activation: activation), [x, w, b]),
        (.linearInputGradient, [u, w]), (.linearWeightGradient, [u, x]), (.activation(activation), [u]),
        (.activationGradient(activation), [u, u]), (.dropout(rate: 0.1, layer: width), [u]), (.add, [u, u]),
      ]
      return operands.map { operation, inputs in
        KernelSignature(
          operation: operation, inputs: inputs, outputs: operation.outputShapes(for: inputs)!, elementType: type)
      }
    }
  }

  @Test(arguments: ProductMethod.allCases, [Activation.relu, .gelu(approximation: .none), .elu(alpha: 0.5)])
  func allComputeTheSameBits(method: ProductMethod, activation: Activation) throws {
    let table = KernelTable(rules: [KernelTable.Rule(methods: [method])])
    let team = try OneDNNKernels(team: ThreadTeam(threadCount: 2), table: table)
    var random = TestRandom(11)
    for signature in signatures(rows: 67, widths: 34...34, activation, .float32) {
      let inputs: [TestMatrix<Float>] = signature.inputs.map { random.matrix($0.rows, $0.columns) }
      let first = try team.library(ofThread: 0)
      let bits = try OneDNNTrial().result(first, signature.operation, inputs).bits
      for thread in [1, 2] {
        let other = try team.library(ofThread: thread)
        #expect(try OneDNNTrial().result(other, signature.operation, inputs).bits == bits, "\(signature.operation)")
        #expect(try other.implementationNames(for: signature) == first.implementationNames(for: signature))
        #expect(try other.scratchpadByteCount(for: signature) == first.scratchpadByteCount(for: signature))
        #expect(try team.library(ofThread: thread) === other)
      }
    }
  }

  /// Threads execute the same code at the same time, over and over, each with its own operands.
  @Test(arguments: [ElementType.float32, .bfloat16])
  func threadsRunSideBySide(type: ElementType) throws {
    let team = ThreadTeam(threadCount: 3)
    let library = try OneDNNKernels(team: team)
    let memory = try JemallocArena()
    for signature in signatures(rows: 33, widths: 48...48, .gelu(approximation: .none), type) {
      var kernels: [any BoundKernel] = []
      var blocks: [MemoryBlock] = []
      var outputs: [MemoryBlock] = []
      for thread in 0..<3 {
        func block(_ byteCount: Int, fill: UInt8) throws -> MemoryBlock {
          let block = try MemoryBlock(byteCount: max(64, byteCount), zeroed: true, in: memory)
          // As float32 or bfloat16 a small number.
          try block.fill(byte: fill)
          blocks.append(block)
          return block
        }
        let inputs = try zip(signature.inputs, signature.inputTypes).map { shape, type in
          try block(shape.byteCount(of: type), fill: 0x3C + UInt8(thread))
        }
        let output = try block(signature.outputs[0].byteCount(of: signature.outputTypes[0]), fill: 0)
        let own = try library.library(ofThread: thread)
        let scratchpad = try block(own.scratchpadByteCount(for: signature), fill: 0)
        kernels.append(
          try own.bind(
            signature, inputs: inputs.map(\.address), outputs: [output.address], scratchpad: scratchpad.address))
        outputs.append(output)
      }
      let context = RunContext(seed: 1, iteration: 0)
      func results() -> [[UInt8]] {
        outputs.map { output in (0..<output.byteCount).map { output.load(UInt8.self, atByte: $0) } }
      }
      for kernel in kernels { kernel.run(context) }
      let expected = results()
      #expect(Set(expected).count == 3, "\(signature.operation)")
      for output in outputs { try output.fill(byte: 0) }
      team.parallel { thread, _ in
        for _ in 0..<300 { kernels[thread].run(context) }
      }
      #expect(results() == expected, "\(signature.operation)")
      withExtendedLifetime(blocks) {}
    }
  }

  /// What is told of further threads' libraries before they bind is what they then take.
  @Test(arguments: [ElementType.float32, .bfloat16], [Activation.relu, .gelu(approximation: .none)])
  func whatOthersWillTakeIsKnown(type: ElementType, activation: Activation) throws {
    let team = try OneDNNKernels(team: ThreadTeam(threadCount: 2))
    func everySignature() -> [KernelSignature] { signatures(rows: 8, widths: 20...119, activation, type) }
    #expect(team.laterByteCount(threadsWithOwnRows: 3) == 0)
    let first = try team.library(ofThread: 0)
    for signature in everySignature() { _ = try first.scratchpadByteCount(for: signature) }
    #expect(team.laterByteCount(threadsWithOwnRows: 1) == 0)
    let told = team.laterByteCount(threadsWithOwnRows: 2)
    #expect(team.laterByteCount(threadsWithOwnRows: 3) == 2 * told)

    let second = try team.library(ofThread: 1)
    let before = try ThreadAllocation.ofCallingThread()
    // Signatures of their own, as whoever binds kernels makes them.
    for signature in everySignature() { _ = try second.scratchpadByteCount(for: signature) }
    let after = try ThreadAllocation.ofCallingThread()
    let taken =
      Int(after.allocatedBytes - before.allocatedBytes) - Int(after.deallocatedBytes - before.deallocatedBytes)
    #expect(taken <= told && told <= taken * 5 / 4, "told \(told), taken \(taken)")
    #expect(team.laterByteCount(threadsWithOwnRows: 2) == 0)
    withExtendedLifetime((first, second)) {}
  }
}
