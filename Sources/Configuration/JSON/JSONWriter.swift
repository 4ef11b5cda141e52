/// How a document is laid out.
package enum JSONStyle: Hashable, Sendable {
  /// No white space.
  case compact
  /// Two spaces a level; arrays of scalars and objects of at most four scalars stay on their line.
  case pretty
}

extension JSONValue {
  /// The document as text, without a final line break.
  ///
  /// Numbers are the shortest that read back as the same `Double`. JSON has no words for values that are not finite:
  /// they are written as null.
  package func text(_ style: JSONStyle) -> String {
    String(decoding: bytes(style), as: UTF8.self)
  }

  /// The document as UTF-8, without a final line break.
  package func bytes(_ style: JSONStyle) -> [UInt8] {
    var writer = JSONWriter(style: style)
    writer.write(self)
    return writer.bytes
  }

  fileprivate var isScalar: Bool {
    switch self {
    case .null, .bool, .integer, .number, .string: true
    case .array, .object: false
    }
  }
}

private struct JSONWriter {
  let style: JSONStyle
  var bytes: [UInt8] = []
  var depth = 0

  init(style: JSONStyle) {
    self.style = style
  }

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: append("null")
    case .bool(let bool): append(bool ? "true" : "false")
    case .integer(let integer): append(integer.description)
    case .number(let number): append(number.isFinite ? number.description : "null")
    case .string(let string): writeString(string)
    case .array(let elements):
      let onOneLine = elements.allSatisfy(\.isScalar)
      writeSequence(elements, open: "[", close: "]", onOneLine: onOneLine) { $0.write($1) }
    case .object(let members):
      let onOneLine = members.count <= 4 && members.allSatisfy(\.value.isScalar)
      writeSequence(members, open: "{", close: "}", onOneLine: onOneLine) { writer, member in
        writer.writeString(member.name)
        writer.append(writer.style == .compact ? ":" : ": ")
        writer.write(member.value)
      }
    }
  }

  mutating func writeSequence<Element>(
    _ elements: [Element], open: StaticString, close: StaticString, onOneLine: Bool,
    write: (inout JSONWriter, Element) -> Void
  ) {
    append(open.description)
    depth += 1
    for (index, element) in elements.enumerated() {
      if index > 0 { append(",") }
      if style == .pretty {
        if !onOneLine { breakLine() } else if index > 0 { append(" ") }
      }
      write(&self, element)
    }
    depth -= 1
    if style == .pretty, !onOneLine { breakLine() }
    append(close.description)
  }

  mutating func breakLine() {
    append("\n")
    for _ in 0..<depth { append("  ") }
  }

  mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  mutating func writeString(_ string: String) {
    append("\"")
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: bytes.append(byte)
      }
    }
    append("\"")
  }
}
