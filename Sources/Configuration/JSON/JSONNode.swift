/// A parsed value that knows where it stands.
struct JSONNode: Sendable {
  enum Content: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A finite number that was not written as an integer (digits, with an exponent at most), or one too large for
    /// `Int`.
    case number(Double)
    case string(String)
    case array([JSONNode])
    case object([Member])
    /// Something whose mistake has been told already; whoever meets it stays silent.
    case invalid
  }

  struct Member: Sendable {
    var name: String
    var nameRange: SourceRange
    var value: JSONNode
  }

  var content: Content
  var range: SourceRange

  init(_ content: Content, at range: SourceRange) {
    self.content = content
    self.range = range
  }

  /// The member of that name of an object.
  subscript(name: String) -> JSONNode? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }

  var string: String? {
    if case .string(let string) = content { string } else { nil }
  }

  var integer: Int? {
    if case .integer(let integer) = content { integer } else { nil }
  }

  var elements: [JSONNode]? {
    if case .array(let elements) = content { elements } else { nil }
  }

  var isInvalid: Bool {
    if case .invalid = content { true } else { false }
  }

  /// The value without places. An invalid node has none and reads as null.
  var value: JSONValue {
    switch content {
    case .null, .invalid: .null
    case .bool(let bool): .bool(bool)
    case .integer(let integer): .integer(integer)
    case .number(let number): .number(number)
    case .string(let string): .string(string)
    case .array(let elements): .array(elements.map(\.value))
    case .object(let members): .object(members.map { JSONMember($0.name, $0.value.value) })
    }
  }
}
