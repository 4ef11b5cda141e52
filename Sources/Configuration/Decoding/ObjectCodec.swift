/// What a missing key means.
enum Presence: Sendable {
  /// An error.
  case required
  /// The value of ``ObjectCodec/initial``.
  case defaulted
  /// A value that follows from other keys.
  case derived
  /// Nothing: the key is read by editors only, and nothing comes of it.
  case annotation
}

/// One key of an object: its name, what it may hold and where that goes.
struct Key<Owner: Sendable>: Sendable {
  let name: String
  let summary: String
  let presence: Presence
  let allowed: String
  /// The schema of the value, without summary and default.
  let schema: @Sendable () -> JSONValue
  /// Reads the value into its place; false where it holds a mistake, which is then told.
  let decode: @Sendable (JSONNode, inout Owner, inout DecodingContext) -> Bool
  let encode: @Sendable (Owner) -> JSONValue

  init<Value>(
    _ name: String, _ property: any WritableKeyPath<Owner, Value> & Sendable, _ codec: ValueCodec<Value>,
    _ presence: Presence, _ summary: String
  ) {
    self.init(
      name: name, summary: summary, presence: presence, allowed: codec.allowed, schema: codec.schema,
      decode: { node, owner, context in
        guard let value = codec.decode(node, &context) else { return false }
        owner[keyPath: property] = value
        return true
      },
      encode: { codec.encode($0[keyPath: property]) })
  }

  /// A key that may also be null, which stands for no value and is the default.
  init<Value>(
    optional name: String, _ property: any WritableKeyPath<Owner, Value?> & Sendable, _ codec: ValueCodec<Value>,
    _ summary: String
  ) {
    self.init(
      name: name, summary: summary, presence: .defaulted, allowed: codec.allowed,
      schema: { ["anyOf": [codec.schema(), ["type": "null"]]] },
      decode: { node, owner, context in
        if case .null = node.content {
          owner[keyPath: property] = nil
          return true
        }
        guard let value = codec.decode(node, &context) else { return false }
        owner[keyPath: property] = value
        return true
      },
      encode: { $0[keyPath: property].map(codec.encode) ?? .null })
  }

  init(
    name: String, summary: String, presence: Presence, allowed: String,
    schema: @escaping @Sendable () -> JSONValue,
    decode: @escaping @Sendable (JSONNode, inout Owner, inout DecodingContext) -> Bool,
    encode: @escaping @Sendable (Owner) -> JSONValue
  ) {
    self.name = name
    self.summary = summary
    self.presence = presence
    self.allowed = allowed
    self.schema = schema
    self.decode = decode
    self.encode = encode
  }

  /// The same key of an object that holds this one's owner.
  func lifted<Outer>(through property: any WritableKeyPath<Outer, Owner> & Sendable) -> Key<Outer> {
    let inner = self
    return Key<Outer>(
      name: name, summary: summary, presence: presence, allowed: allowed, schema: schema,
      decode: { node, outer, context in inner.decode(node, &outer[keyPath: property], &context) },
      encode: { outer in inner.encode(outer[keyPath: property]) })
  }
}

/// The keys of one kind of object.
struct ObjectCodec<Owner: Sendable>: Sendable {
  /// An object with every default; what stands for required keys is never seen.
  let initial: Owner
  let keys: [Key<Owner>]
  /// Checks what no key can check alone; false where it holds a mistake, which is then told.
  let check: @Sendable (Owner, JSONNode, inout DecodingContext) -> Bool

  init(
    _ initial: Owner, keys: [Key<Owner>],
    check: @escaping @Sendable (Owner, JSONNode, inout DecodingContext) -> Bool = { _, _, _ in true }
  ) {
    self.initial = initial
    self.keys = keys
    self.check = check
  }

  /// Which of an object's keys were given, and which of them hold a mistake.
  struct Outcome {
    var given: [String] = []
    var failed: [String] = []
    var hasUnknownKeys = false
    var isComplete: Bool { failed.isEmpty && !hasUnknownKeys }
  }

  /// Reads every key that can be read, and tells of the others; `tag` is a key that the caller reads.
  func decodePartially(_ node: JSONNode, tag: String? = nil, _ context: inout DecodingContext) -> (Owner, Outcome) {
    var owner = initial
    var outcome = Outcome()
    guard case .object(let members) = node.content else {
      if !node.isInvalid { context.report(node, allowed: "an object") }
      outcome.failed = keys.map(\.name)
      return (owner, outcome)
    }
    for member in members {
      if member.name == tag { continue }
      if context.findings.isFull { break }
      guard let key = keys.first(where: { $0.name == member.name }) else {
        outcome.hasUnknownKeys = true
        let names = (tag.map { [$0] } ?? []) + keys.map(\.name)
        let hint = suggestion(for: member.name, among: names)
        context.inside(member.name) {
          $0.report("unknown key, allowed: \(quotedList(names))\(hint)", at: member.nameRange)
        }
        continue
      }
      outcome.given.append(key.name)
      let isRead = context.inside(key.name) { key.decode(member.value, &owner, &$0) }
      if !isRead { outcome.failed.append(key.name) }
    }
    for key in keys where key.presence == .required && !outcome.given.contains(key.name) {
      outcome.failed.append(key.name)
      context.inside(key.name) { $0.report("missing, required: \(key.allowed)", at: node.range) }
    }
    return (owner, outcome)
  }

  /// Reads the object; nil where it holds a mistake, which is then told.
  func decode(_ node: JSONNode, tag: String? = nil, _ context: inout DecodingContext) -> Owner? {
    let (owner, outcome) = decodePartially(node, tag: tag, &context)
    // The check reads values, so it waits until there are all; a key too many does not matter to it.
    guard outcome.failed.isEmpty else { return nil }
    let passes = check(owner, node, &context)
    return passes && outcome.isComplete ? owner : nil
  }

  /// Every key with its value, in the order of the table.
  func encode(_ owner: Owner) -> [JSONMember] {
    keys.filter { $0.presence != .annotation }.map { JSONMember($0.name, $0.encode(owner)) }
  }

  /// The schema of the object; `tag` is a key with one fixed value.
  func schema(tag: (key: String, value: String)? = nil) -> JSONValue {
    var properties: [JSONMember] = []
    if let tag { properties.append(JSONMember(tag.key, ["const": .string(tag.value)])) }
    for key in keys {
      var members = key.schema().members ?? []
      members.append(JSONMember("description", .string(key.summary)))
      if key.presence == .defaulted { members.append(JSONMember("default", key.encode(initial))) }
      properties.append(JSONMember(key.name, .object(members)))
    }
    let required = (tag.map { [$0.key] } ?? []) + keys.filter { $0.presence == .required }.map(\.name)
    var members = [JSONMember("type", "object"), JSONMember("properties", .object(properties))]
    if !required.isEmpty { members.append(JSONMember("required", .array(required.map { .string($0) }))) }
    members.append(JSONMember("additionalProperties", false))
    return .object(members)
  }

  /// The codec of a value that is such an object.
  func codec(allowed: String) -> ValueCodec<Owner> {
    ValueCodec(
      allowed: allowed, schema: { schema() }, decode: { decode($0, &$1) }, encode: { .object(encode($0)) })
  }
}
