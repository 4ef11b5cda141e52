/// The scalars of a TensorBoard event file, decoded with code of the test's own, bit by bit where the program uses
/// tables.
struct EventFile {
  struct Scalar: Hashable {
    let step: Int
    let tag: String
    let value: Float
  }

  private(set) var version = ""
  private(set) var scalars: [Scalar] = []

  struct Damage: Error {
    let text: String
  }

  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= 16 else { throw Damage(text: "the file ends within a record") }
      let length = Int(Self.number(rest.prefix(8)))
      let body = rest.dropFirst(12).prefix(length)
      guard body.count == length, rest.count >= 16 + length else { throw Damage(text: "a record is cut off") }
      guard Self.number(rest.dropFirst(8).prefix(4)) == Self.maskedChecksum(rest.prefix(8)),
        Self.number(rest.dropFirst(12 + length).prefix(4)) == Self.maskedChecksum(body)
      else { throw Damage(text: "a checksum is wrong") }
      try readEvent(body)
      rest = rest.dropFirst(16 + length)
    }
  }

  /// The values of a tag in the order of the file.
  func values(of tag: String) -> [Float] { scalars.filter { $0.tag == tag }.map(\.value) }

  func steps(of tag: String) -> [Int] { scalars.filter { $0.tag == tag }.map(\.step) }

  private mutating func readEvent(_ bytes: ArraySlice<UInt8>) throws {
    var step = 0
    var summary: ArraySlice<UInt8>?
    for field in try Self.fields(bytes) {
      switch (field.number, field.value) {
      case (1, .bits): break
      case (2, .integer(let value)): step = Int(value)
      case (3, .bytes(let text)): version = String(decoding: text, as: UTF8.self)
      case (5, .bytes(let value)): summary = value
      default: throw Damage(text: "an event with the field \(field.number)")
      }
    }
    for value in try summary.map(Self.fields) ?? [] {
      guard value.number == 1, case .bytes(let bytes) = value.value else {
        throw Damage(text: "a summary of no values")
      }
      var tag = ""
      var number: Float?
      for field in try Self.fields(bytes) {
        switch (field.number, field.value) {
        case (1, .bytes(let text)): tag = String(decoding: text, as: UTF8.self)
        case (2, .bits(let bits)): number = Float(bitPattern: UInt32(bits))
        default: throw Damage(text: "a value with the field \(field.number)")
        }
      }
      guard let number else { throw Damage(text: "a value of nothing") }
      scalars.append(Scalar(step: step, tag: tag, value: number))
    }
  }

  private enum FieldValue {
    case integer(UInt64)
    case bits(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [(number: Int, value: FieldValue)] {
    var rest = bytes
    func variable() throws -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 64, by: 7) {
        guard let byte = rest.popFirst() else { throw Damage(text: "a number is cut off") }
        value |= UInt64(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return value }
      }
      throw Damage(text: "a number of too many bytes")
    }
    func take(_ count: Int) throws -> ArraySlice<UInt8> {
      guard count <= rest.count else { throw Damage(text: "a field is cut off") }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
    var fields: [(number: Int, value: FieldValue)] = []
    while !rest.isEmpty {
      let key = try variable()
      let number = Int(key >> 3)
      switch key & 7 {
      case 0: fields.append((number, .integer(try variable())))
      case 1: fields.append((number, .bits(Self.number(try take(8)))))
      case 2: fields.append((number, .bytes(try take(Int(try variable())))))
      case 5: fields.append((number, .bits(Self.number(try take(4)))))
      default: throw Damage(text: "the wire type \(key & 7)")
      }
    }
    return fields
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func maskedChecksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var register = UInt32.max
    for byte in bytes {
      for bit in 0..<8 {
        let out = register & 1 ^ UInt32(byte >> bit & 1)
        register >>= 1
        if out == 1 { register ^= 0x82F6_3B78 }
      }
    }
    let checksum = ~register
    return UInt64((checksum >> 15 | checksum << 17) &+ 0xA282_EAD8)
  }
}
