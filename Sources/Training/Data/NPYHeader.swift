/// The types of NPY elements that are read: little-endian integers, floating-point numbers and booleans.
package enum NPYElementType: String, Hashable, Sendable, CaseIterable {
  case float32 = "<f4"
  case float64 = "<f8"
  case int32 = "<i4"
  case int64 = "<i8"
  case uint8 = "|u1"
  case int8 = "|i1"
  case int16 = "<i2"
  case uint16 = "<u2"
  case uint32 = "<u4"
  case uint64 = "<u8"
  case bool = "|b1"

  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .int16, .uint16: 2
    case .uint8, .int8, .bool: 1
    }
  }

  /// The number at an offset of bytes as they stand in a file, rounded to `Element`, those of 64 bits through float64.
  @inline(__always)
  func element<Element: BinaryFloatingPoint>(_ bytes: borrowing [UInt8], at offset: Int) -> Element {
    switch self {
    case .float32: Element(Float(bitPattern: UInt32(littleEndian: bytes, at: offset)))
    case .float64: Element(Double(bitPattern: UInt64(littleEndian: bytes, at: offset)))
    case .int32: Element(Double(Int32(bitPattern: UInt32(littleEndian: bytes, at: offset))))
    case .int64: Element(Double(Int64(bitPattern: UInt64(littleEndian: bytes, at: offset))))
    case .int16: Element(Double(Int16(bitPattern: UInt16(littleEndian: bytes, at: offset))))
    case .uint16: Element(Double(UInt16(littleEndian: bytes, at: offset)))
    case .uint32: Element(Double(UInt32(littleEndian: bytes, at: offset)))
    case .uint64: Element(Double(UInt64(littleEndian: bytes, at: offset)))
    case .int8: Element(Double(Int8(bitPattern: bytes[offset])))
    case .uint8: Element(Double(bytes[offset]))
    case .bool: bytes[offset] == 0 ? 0 : 1
    }
  }
}

/// The header of an NPY file, format 1.0, 2.0 or 3.0 (NumPy Enhancement Proposal 1 and `numpy.lib.format`).
///
/// ```
/// \x93NUMPY 01 00 76 00 {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }      \n
/// ```
/// Read strictly: exactly these three keys, in any order, each once; behind them blanks and line ends only.
package struct NPYHeader: Hashable, Sendable {
  package let elementType: NPYElementType
  /// One or two sizes; the array is in C order.
  package let shape: [Int]
  /// Where the elements begin in the file.
  package let dataOffset: Int
  /// Elements in all.
  package let elementCount: Int

  /// With which every file begins.
  static let start = [0x93] + Array("NUMPY".utf8)

  /// Headers beyond this are refused: one or two sizes need a hundred bytes.
  static let largestByteCount = 65_536

  /// The bytes with which every header begins and ends at the latest.
  static let largestPrefixByteCount = 12 + largestByteCount

  /// Reads the header of a file at hand.
  package init(_ bytes: [UInt8], path: String) throws(DataFileError) {
    try self.init(prefix: bytes, byteCount: bytes.count, path: path)
  }

  /// Reads the header and checks that the file has exactly the bytes that it announces.
  ///
  /// - Parameters:
  ///   - bytes: the file's first `largestPrefixByteCount` bytes, or all where it has fewer.
  ///   - byteCount: bytes of the whole file.
  init(prefix bytes: [UInt8], byteCount: Int, path: String) throws(DataFileError) {
    func wrong(_ sentence: String) -> DataFileError { DataFileError(path: path, sentence) }
    guard bytes.starts(with: Self.start) else {
      throw wrong("is no NPY file: it does not begin with \\x93NUMPY")
    }
    guard bytes.count >= 10 else { throw wrong("is cut off inside its header") }
    let version = (major: bytes[6], minor: bytes[7])
    guard (1...3).contains(version.major), version.minor == 0 else {
      throw wrong("is in NPY format \(version.major).\(version.minor); 1.0, 2.0 and 3.0 can be read")
    }
    let start = version.major == 1 ? 10 : 12
    guard bytes.count >= start else { throw wrong("is cut off inside its header") }
    var length = 0
    for index in (8..<start).reversed() { length = length << 8 | Int(bytes[index]) }
    guard length <= Self.largestByteCount else {
      throw wrong("has a header of \(length) bytes; at most \(Self.largestByteCount) are read")
    }
    guard length <= bytes.count - start else { throw wrong("is cut off inside its header") }
    var literal = PythonLiteralScanner(bytes[start..<start + length])
    let fields: NPYFields
    do throws(PythonLiteralScanner.Malformed) {
      fields = try NPYFields(&literal)
    } catch {
      throw wrong("has a malformed header: \(error.description)")
    }
    guard let elementType = NPYElementType(rawValue: fields.type) else {
      throw wrong(
        "has elements of type \(quoted(fields.type)); "
          + NPYElementType.allCases.map(\.rawValue).joined(separator: " ")
          + " can be read: convert it with array.astype(\"<f4\")")
    }
    guard !fields.isFortranOrder else {
      throw wrong("is in Fortran order; save it in C order: numpy.save(path, numpy.ascontiguousarray(array))")
    }
    guard (1...2).contains(fields.shape.count) else {
      throw wrong("has \(fields.shape.count) dimensions where 1 or 2 are needed: reshape it to (rows, columns)")
    }
    var count = 1
    for size in fields.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw wrong("has the shape \(Self.text(fields.shape)), which is too large") }
      count = product
    }
    let (needed, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
    let found = byteCount - start - length
    guard !overflow, needed == found else {
      throw wrong(
        "announces the shape \(Self.text(fields.shape)) of \(elementType.rawValue)"
          + (overflow ? ", which is too large" : ", which takes \(needed) bytes, but \(found) follow the header"))
    }
    self.elementType = elementType
    shape = fields.shape
    dataOffset = start + length
    elementCount = count
  }

  private static func text(_ shape: [Int]) -> String {
    "(\(shape.map(String.init).joined(separator: ", ")))"
  }
}

/// The three entries of the dictionary in a header.
private struct NPYFields {
  var type: String
  var isFortranOrder: Bool
  var shape: [Int]

  init(_ literal: inout PythonLiteralScanner) throws(PythonLiteralScanner.Malformed) {
    var type: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try literal.expect("{")
    while !literal.take("}") {
      let key = try literal.string()
      try literal.expect(":")
      switch key {
      case "descr" where type == nil: type = try literal.string()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try literal.boolean()
      case "shape" where shape == nil: shape = try literal.tuple()
      case "descr", "fortran_order", "shape": throw .init("the key \(quoted(key)) occurs twice")
      default: throw .init("the key \(quoted(key)) is not known")
      }
      if !literal.take(",") {
        try literal.expect("}")
        break
      }
    }
    try literal.end()
    guard let type else { throw .init("the key \"descr\" is missing") }
    guard let isFortranOrder else { throw .init("the key \"fortran_order\" is missing") }
    guard let shape else { throw .init("the key \"shape\" is missing") }
    self.type = type
    self.isFortranOrder = isFortranOrder
    self.shape = shape
  }
}
