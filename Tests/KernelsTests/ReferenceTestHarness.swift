import ComputationGraph
import SystemCalls

import Kernels

/// A matrix of a test, in memory of its own.
struct TestMatrix<Element: ReferenceElement>: Equatable {
  var rows: Int
  var columns: Int
  var values: [Element]

  init(_ rows: Int, _ columns: Int, _ values: [Element]) {
    precondition(values.count == rows * columns)
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// One row.
  init(_ values: [Element]) {
    self.init(1, values.count, values)
  }

  var shape: Shape { Shape(rows: rows, columns: columns) }

  /// Bit patterns, so that not-a-number equals itself and -0 differs from 0.
  var bits: [UInt64] { values.map { $0.wide.bitPattern } }

  func converted<Other: ReferenceElement>(to _: Other.Type) -> TestMatrix<Other> {
    TestMatrix<Other>(rows, columns, values.map { Other($0.wide) })
  }
}

/// Repeatable random numbers of a test.
struct TestRandom {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func uniform() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(state >> 11) * 0x1p-53
  }

  /// Between -`scale` and `scale`, nowhere nearer to 0 than a hundredth of that.
  mutating func matrix<Element: ReferenceElement>(
    _ rows: Int, _ columns: Int, scale: Double = 1, _: Element.Type = Element.self
  ) -> TestMatrix<Element> {
    TestMatrix(
      rows, columns,
      (0..<rows * columns).map { _ in
        let x = 2 * uniform() - 1
        return Element(scale * (x < 0 ? min(x, -0.01) : max(x, 0.01)))
      })
  }
}

/// Where a test puts operands: everything 64-byte aligned, or everything one element off.
enum TestAddresses: CaseIterable {
  case aligned
  case offByOneElement
}

/// Binds and runs one kernel once on copies of the inputs and returns its outputs.
///
/// - Parameter inPlace: the input whose memory the first output takes over.
/// - Parameter addsTo: what the outputs hold before, where the kernel is to add to them.
/// - Parameter mutated: an input to return too, after the outputs, as the kernel left it.
func run<Element: ReferenceElement>(
  _ library: any KernelLibrary, _ operation: Operator, _ inputs: [TestMatrix<Element>], inPlace: Int? = nil,
  mutated: Int? = nil, addsTo: Element? = nil, addresses: TestAddresses = .aligned,
  context: RunContext = RunContext(seed: 1, iteration: 0)
) throws -> [TestMatrix<Element>] {
  let shapes = inputs.map(\.shape)
  let outputShapes = operation.outputShapes(for: shapes) ?? []
  let stride = MemoryLayout<Element>.stride
  var blocks: [UnsafeMutableRawPointer] = unsafe []
  defer { unsafe blocks.forEach { unsafe $0.deallocate() } }
  func place(_ count: Int, _ values: [Element]?) -> MemoryAddress {
    let block = UnsafeMutableRawPointer.allocate(byteCount: (count + 1) * stride, alignment: 64)
    unsafe blocks.append(block)
    let start = unsafe block + (addresses == .aligned ? 0 : stride)
    for index in 0..<count {
      unsafe start.storeBytes(of: values?[index] ?? addsTo ?? .nan, toByteOffset: index * stride, as: Element.self)
    }
    return MemoryAddress(bitPattern: UInt(bitPattern: start))
  }
  func read(_ address: MemoryAddress, _ shape: Shape) -> TestMatrix<Element> {
    let start = unsafe UnsafeRawPointer(bitPattern: address.bitPattern)!
    return TestMatrix(
      shape.rows, shape.columns,
      (0..<shape.elementCount).map { unsafe start.load(fromByteOffset: $0 * stride, as: Element.self) })
  }
  let inputAddresses = inputs.map { place($0.values.count, $0.values) }
  let outputAddresses = outputShapes.enumerated().map { index, shape in
    if index == 0, let inPlace { inputAddresses[inPlace] } else { place(shape.elementCount, nil) }
  }
  let signature = KernelSignature(
    operation: operation, inputs: shapes, outputs: outputShapes,
    elementType: Element.self == Float.self ? .float32 : .float64, addsToOutputs: addsTo != nil)
  let scratchpadByteCount = try library.scratchpadByteCount(for: signature)
  let scratchpad = UnsafeMutableRawPointer.allocate(byteCount: max(scratchpadByteCount, 64), alignment: 64)
  unsafe blocks.append(scratchpad)
  let kernel = try library.bind(
    signature, inputs: inputAddresses, outputs: outputAddresses,
    scratchpad: scratchpadByteCount == 0 ? nil : MemoryAddress(bitPattern: UInt(bitPattern: scratchpad)))
  kernel.run(context)
  var results = zip(outputAddresses, outputShapes).map(read)
  if let mutated { results.append(read(inputAddresses[mutated], shapes[mutated])) }
  return results
}

/// The largest difference, relative to the largest expected magnitude (or to 1e-30).
func relativeDifference<A: ReferenceElement, B: ReferenceElement>(
  _ actual: TestMatrix<A>, _ expected: TestMatrix<B>
) -> Double {
  guard actual.shape == expected.shape else { return .infinity }
  let scale = expected.values.reduce(1e-30) { max($0, abs($1.wide)) }
  return zip(actual.values, expected.values).reduce(0) { largest, pair in
    let difference = abs(pair.0.wide - pair.1.wide)
    return difference.isNaN ? .infinity : max(largest, difference / scale)
  }
}
