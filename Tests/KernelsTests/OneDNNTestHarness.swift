import ComputationGraph
import SystemCalls
import Testing

import Kernels

/// One kernel on buffers of its own, which can be run again, elsewhere and over its input.
struct OneDNNTrial {
  /// Bytes by which every operand is moved from a page boundary; a multiple of 64.
  var byteOffset = 0
  /// What the workspace holds before the run.
  var scratchpadFill: Float = .nan
  /// The input whose memory the output takes over.
  var inPlace: Int?
  var runs = 1
  /// The kernel adds to outputs that hold this value.
  var addsTo: Float?

  /// Stands behind every operand and must stay.
  private static let guardValue: Float = 1234.5
  private static let guardCount = 256

  /// The output of the last run; every run starts from fresh inputs.
  func result(
    _ library: any KernelLibrary, _ operation: Operator, _ inputs: [TestMatrix<Float>]
  ) throws -> TestMatrix<Float> {
    let shapes = inputs.map(\.shape)
    let outputShape = operation.outputShapes(for: shapes)![0]
    let signature = KernelSignature(
      operation: operation, inputs: shapes, outputs: [outputShape], elementType: .float32,
      addsToOutputs: addsTo != nil)
    let scratchpadCount = (try library.scratchpadByteCount(for: signature) + 3) / 4
    var blocks: [UnsafeMutablePointer<Float>] = unsafe []
    var guards: [UnsafeMutablePointer<Float>] = unsafe []
    defer { unsafe blocks.forEach { unsafe UnsafeMutableRawPointer($0).deallocate() } }
    func block(_ count: Int, fill: Float) -> UnsafeMutablePointer<Float> {
      let elements = count + byteOffset / 4 + Self.guardCount
      let raw = UnsafeMutableRawPointer.allocate(byteCount: max(elements, 1) * 4, alignment: 4096)
      let floats = unsafe raw.initializeMemory(as: Float.self, repeating: fill, count: elements)
      unsafe blocks.append(floats)
      unsafe (floats + byteOffset / 4 + count).update(repeating: Self.guardValue, count: Self.guardCount)
      unsafe guards.append(floats + byteOffset / 4 + count)
      return unsafe floats + byteOffset / 4
    }
    func address(_ pointer: UnsafeMutablePointer<Float>) -> MemoryAddress {
      MemoryAddress(bitPattern: UInt(bitPattern: pointer))
    }
    let inputBlocks = unsafe inputs.map { unsafe block($0.values.count, fill: 0) }
    let output = unsafe inPlace.map { unsafe inputBlocks[$0] } ?? block(outputShape.elementCount, fill: .nan)
    let scratchpad = unsafe block(scratchpadCount, fill: scratchpadFill)
    let kernel = try library.bind(
      signature, inputs: unsafe inputBlocks.map { unsafe address($0) }, outputs: [unsafe address(output)],
      scratchpad: scratchpadCount == 0 ? nil : unsafe address(scratchpad))
    for _ in 0..<runs {
      for unsafe(block, input) in unsafe zip(inputBlocks, inputs) {
        unsafe input.values.withUnsafeBufferPointer { values in
          unsafe block.update(from: values.baseAddress!, count: values.count)
        }
      }
      unsafe scratchpad.update(repeating: scratchpadFill, count: scratchpadCount)
      if let addsTo { unsafe output.update(repeating: addsTo, count: outputShape.elementCount) }
      kernel.run(RunContext(seed: 1, iteration: 0))
    }
    // swift-format-ignore
    for unsafe end in unsafe guards {
      let isIntact = (0..<Self.guardCount).allSatisfy { unsafe end[$0] == Self.guardValue }
      #expect(isIntact, "\(operation) of \(shapes) wrote beyond an operand")
    }
    let values = unsafe Array(UnsafeBufferPointer(start: output, count: outputShape.elementCount))
    return TestMatrix(outputShape.rows, outputShape.columns, values)
  }
}

/// |actual - expected| / |expected| in the Euclidean norm of all elements.
func relativeNormError(_ actual: TestMatrix<Float>, _ expected: TestMatrix<Double>) -> Double {
  guard actual.shape == expected.shape else { return .infinity }
  var (error, norm) = (0.0, 0.0)
  for (a, e) in zip(actual.values, expected.values) {
    error += (Double(a) - e) * (Double(a) - e)
    norm += e * e
  }
  guard error.isFinite else { return .infinity }
  return error == 0 ? 0 : (error / norm).squareRoot()
}
