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
/// - Parameter narrow: activations and cotangents are in bfloat16; the inputs among them are rounded.
/// - Parameter inPlace: the input whose memory the first output takes over.
/// - Parameter addsTo: what the outputs hold before, where the kernel is to add to them.
/// - Parameter mutated: an input to return too, after the outputs, as the kernel left it.
func run<Element: ReferenceElement>(
  _ library: any KernelLibrary, _ operation: Operator, _ inputs: [TestMatrix<Element>], narrow: Bool = false,
  inPlace: Int? = nil,
  mutated: Int? = nil, addsTo: Element? = nil, addresses: TestAddresses = .aligned,
  context: RunContext = RunContext(seed: 1, iteration: 0)
) throws -> [TestMatrix<Element>] {
  let shapes = inputs.map(\.shape)
  let outputShapes = operation.outputShapes(for: shapes) ?? []
  let signature = KernelSignature(
    operation: operation, inputs: shapes, outputs: outputShapes,
    elementType: narrow ? .bfloat16 : Element.self == Float.self ? .float32 : .float64, addsToOutputs: addsTo != nil)
  var blocks: [UnsafeMutableRawPointer] = unsafe []
  defer { unsafe blocks.forEach { unsafe $0.deallocate() } }
  func place(_ count: Int, _ values: [Element]?, _ type: ElementType) -> MemoryAddress {
    let stride = type.byteCount
    let block = UnsafeMutableRawPointer.allocate(byteCount: (count + 1) * stride, alignment: 64)
    unsafe blocks.append(block)
    let start = unsafe block + (addresses == .aligned ? 0 : stride)
    for index in 0..<count {
      let value = values?[index] ?? addsTo ?? .nan
      if type == .bfloat16 {
        unsafe start.storeBytes(
          of: Conversion.rounded(Float(value.wide)), toByteOffset: index * stride, as: UInt16.self)
      } else {
        unsafe start.storeBytes(of: value, toByteOffset: index * stride, as: Element.self)
      }
    }
    return MemoryAddress(bitPattern: UInt(bitPattern: start))
  }
  func read(_ address: MemoryAddress, _ shape: Shape, _ type: ElementType) -> TestMatrix<Element> {
    let start = unsafe UnsafeRawPointer(bitPattern: address.bitPattern)!
    let values = (0..<shape.elementCount).map { index in
      if type == .bfloat16 {
        let bits = unsafe start.load(fromByteOffset: index * 2, as: UInt16.self)
        return Element(Double(Float(bitPattern: UInt32(bits) << 16)))
      }
      return unsafe start.load(fromByteOffset: index * type.byteCount, as: Element.self)
    }
    return TestMatrix(shape.rows, shape.columns, values)
  }
  let inputAddresses = zip(inputs, signature.inputTypes).map { place($0.values.count, $0.values, $1) }
  let outputAddresses = outputShapes.enumerated().map { index, shape in
    if index == 0, let inPlace {
      inputAddresses[inPlace]
    } else {
      place(shape.elementCount, nil, signature.outputTypes[index])
    }
  }
  let scratchpadByteCount = try library.scratchpadByteCount(for: signature)
  let scratchpad = UnsafeMutableRawPointer.allocate(byteCount: max(scratchpadByteCount, 64), alignment: 64)
  unsafe blocks.append(scratchpad)
  let kernel = try library.bind(
    signature, inputs: inputAddresses, outputs: outputAddresses,
    scratchpad: scratchpadByteCount == 0 ? nil : MemoryAddress(bitPattern: UInt(bitPattern: scratchpad)))
  kernel.run(context)
  var results = outputShapes.indices.map { read(outputAddresses[$0], outputShapes[$0], signature.outputTypes[$0]) }
  if let mutated {
    results.append(read(inputAddresses[mutated], shapes[mutated], signature.inputTypes[mutated]))
  }
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
