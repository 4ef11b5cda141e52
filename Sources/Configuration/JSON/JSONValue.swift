/// A JSON document as a value; objects keep the order of their members.
///
/// ```
/// let report: JSONValue = ["formatVersion": 1, "loss": .number(0.25), "stages": [1, 2]]
/// report.text(.compact)  // {"formatVersion":1,"loss":0.25,"stages":[1,2]}
/// ```
///
/// Integers and other numbers are apart: `1` and `1.0` are written differently and are not equal.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])
}

/// One name of an object and what it stands for.
package struct JSONMember: Hashable, Sendable {
  package var name: String
  package var value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

extension JSONValue {
  /// Parses a document; comments and trailing commas are allowed, duplicate names are not.
  package init(parsing bytes: [UInt8], fileName: String) throws(ConfigurationErrors) {
    let source = SourceText(origin: .file(fileName), bytes: bytes)
    var parser = JSONParser(source: source, index: 0)
    guard let root = parser.parseDocument(), parser.findings.isEmpty else {
      throw ConfigurationErrors(parser.findings, sources: [source])
    }
    self = root.value
  }

  /// The member of that name; nil where there is none or this is no object. Linear in the number of members.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The element at that index; nil where there is none or this is no array.
  package subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// The elements of an array.
  package var elements: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The members of an object.
  package var members: [JSONMember]? {
    if case .object(let members) = self { members } else { nil }
  }

  package var stringValue: String? {
    if case .string(let string) = self { string } else { nil }
  }

  package var boolValue: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }

  package var integerValue: Int? {
    if case .integer(let integer) = self { integer } else { nil }
  }

  /// The number, integers included.
  package var doubleValue: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number
    case .null, .bool, .string, .array, .object: nil
    }
  }

  /// The value, or null where there is none.
  package static func optional(_ value: JSONValue?) -> JSONValue { value ?? .null }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  package init(nilLiteral: ()) { self = .null }
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(floatLiteral value: Double) { self = .number(value) }
  package init(stringLiteral value: String) { self = .string(value) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { JSONMember($0.0, $0.1) })
  }
}
