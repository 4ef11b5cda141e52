import ComputationGraph
import SystemCalls
import Testing

import Kernels

/// The operators that round to bfloat16 and back: the own kernels have the bits of the plain ones.
@Suite struct ConversionKernelsTests {
  /// One conversion of numbers, 32 bits each, to elements of the other type.
  private func converted<Source, Target>(
    _ operation: Operator, _ source: [Source], rows: Int, _ library: any KernelLibrary, as type: Target.Type
  ) throws -> [Target] where Target: ExpressibleByIntegerLiteral {
    let shape = Shape(rows: rows, columns: source.count / rows)
    let signature = KernelSignature(operation: operation, inputs: [shape], outputs: [shape], elementType: .float32)
    var source = source
    var target = [Target](repeating: 0, count: source.count)
    try unsafe source.withUnsafeMutableBytes { input in
      try unsafe target.withUnsafeMutableBytes { output in
        let kernel = try library.bind(
          signature, inputs: [MemoryAddress(bitPattern: UInt(bitPattern: input.baseAddress!))],
          outputs: [MemoryAddress(bitPattern: UInt(bitPattern: output.baseAddress!))], scratchpad: nil)
        kernel.run(RunContext(seed: 1, iteration: 0))
      }
    }
    return target
  }

  @Test(arguments: [(1, 1), (3, 7), (16, 33), (513, 40), (4096, 24)])
  func ownKernelsHaveTheBitsOfTheReference(rows: Int, columns: Int) throws {
    let numbers = (0..<rows * columns).map { index in
      Float(bitPattern: UInt32(truncatingIfNeeded: index &* 2_654_435_761) & 0xBFFF_FFFF | 0x0080_0000)
    }
    let reference = ReferenceKernels()
    let rounded = try converted(.narrow, numbers, rows: rows, reference, as: UInt16.self)
    #expect(rounded == numbers.map { Conversion.rounded($0) })
    let widened = try converted(.widen, rounded, rows: rows, reference, as: Float.self)
    #expect(widened.map { UInt32($0.bitPattern) } == rounded.map { UInt32($0) << 16 })
    for threadCount in [1, 2] {
      let library = try OneDNNKernels(team: ThreadTeam(threadCount: threadCount))
      #expect(try converted(.narrow, numbers, rows: rows, library, as: UInt16.self) == rounded)
      #expect(try converted(.widen, rounded, rows: rows, library, as: Float.self) == widened)
    }
  }

  @Test func otherPrecisionsHaveNoSuchKernels() throws {
    let shape = Shape(rows: 2, columns: 2)
    let signature = KernelSignature(operation: .narrow, inputs: [shape], outputs: [shape], elementType: .float64)
    var message = ""
    let address = MemoryAddress(bitPattern: 64)
    do throws(KernelError) {
      _ = try ReferenceKernels().bind(signature, inputs: [address], outputs: [address], scratchpad: nil)
    } catch {
      message = error.description
    }
    #expect(message.contains("has no place in a graph of float64"))
  }
}
