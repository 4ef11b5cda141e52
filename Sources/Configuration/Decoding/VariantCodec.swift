/// One kind of an object that says its kind under `type`.
struct Variant<Value: Sendable>: Sendable {
  let name: String
  let decode: @Sendable (JSONNode, inout DecodingContext) -> Value?
  /// The members without `type`; nil where the value is of another kind.
  let encode: @Sendable (Value) -> [JSONMember]?
  let schema: @Sendable () -> JSONValue

  init<Payload>(
    _ name: String, _ keys: ObjectCodec<Payload>, wrap: @escaping @Sendable (Payload) -> Value,
    unwrap: @escaping @Sendable (Value) -> Payload?
  ) {
    self.name = name
    decode = { keys.decode($0, tag: VariantCodec<Value>.tag, &$1).map(wrap) }
    encode = { unwrap($0).map(keys.encode) }
    schema = { keys.schema(tag: (VariantCodec<Value>.tag, name)) }
  }

  /// A kind that has nothing but its name.
  init(_ name: String, _ value: Value) where Value: Equatable {
    self.init(name, ObjectCodec(Nothing(), keys: []), wrap: { _ in value }, unwrap: { $0 == value ? Nothing() : nil })
  }
}

/// An object without keys.
struct Nothing: Sendable {}

/// Objects of several kinds, told apart by the name under `type`.
struct VariantCodec<Value: Sendable>: Sendable {
  static var tag: String { "type" }

  let variants: [Variant<Value>]

  init(_ variants: [Variant<Value>]) {
    self.variants = variants
  }

  var names: [String] { variants.map(\.name) }

  func decode(_ node: JSONNode, _ context: inout DecodingContext) -> Value? {
    guard case .object(let members) = node.content else {
      if !node.isInvalid { context.report(node, allowed: allowed) }
      return nil
    }
    guard let type = members.first(where: { $0.name == Self.tag })?.value else {
      context.inside(Self.tag) { $0.report("missing, required: one of \(quotedList(names))", at: node.range) }
      return nil
    }
    if let name = type.string, let variant = variants.first(where: { $0.name == name }) {
      return variant.decode(node, &context)
    }
    if !type.isInvalid {
      let hint = type.string.map { suggestion(for: $0, among: names) } ?? ""
      context.inside(Self.tag) {
        $0.report("found \($0.found(type)), allowed: one of \(quotedList(names))\(hint)", at: type.range)
      }
    }
    return nil
  }

  func encode(_ value: Value) -> JSONValue {
    for variant in variants {
      if let members = variant.encode(value) { return .object([JSONMember(Self.tag, .string(variant.name))] + members) }
    }
    return .null
  }

  var allowed: String { "an object whose \"\(Self.tag)\" is one of \(quotedList(names))" }

  var schema: JSONValue { ["oneOf": .array(variants.map { $0.schema() })] }

  var codec: ValueCodec<Value> {
    ValueCodec(allowed: allowed, schema: { schema }, decode: decode, encode: encode)
  }
}
