/// How one kind of value is read, written and described.
///
/// The decoder, the resolved configuration and the JSON Schema all come from the same codecs, so that none knows a
/// value that the others do not.
struct ValueCodec<Value: Sendable>: Sendable {
  /// What is allowed, in words.
  let allowed: String
  /// The value's JSON Schema.
  let schema: @Sendable () -> JSONValue
  /// Reads a value; nil where it holds a mistake, which is then told.
  let decode: @Sendable (JSONNode, inout DecodingContext) -> Value?
  /// What reads back as the value.
  let encode: @Sendable (Value) -> JSONValue

  /// A codec of values that follow one to one from others.
  func mapped<Other: Sendable>(
    _ forward: @escaping @Sendable (Value) -> Other, _ back: @escaping @Sendable (Other) -> Value
  ) -> ValueCodec<Other> {
    ValueCodec<Other>(
      allowed: allowed, schema: schema, decode: { decode($0, &$1).map(forward) }, encode: { encode(back($0)) })
  }
}

extension ValueCodec<Bool> {
  static let boolean = ValueCodec(
    allowed: "true or false", schema: { ["type": "boolean"] },
    decode: { node, context in
      switch node.content {
      case .bool(let bool): return bool
      case .invalid: return nil
      case .null, .integer, .number, .string, .array, .object:
        context.report(node, allowed: "true or false")
        return nil
      }
    },
    encode: { .bool($0) })
}

extension ValueCodec<Int> {
  static func integer(_ range: ClosedRange<Int>) -> ValueCodec {
    let allowed = "an integer from \(range.lowerBound) to \(range.upperBound)"
    return ValueCodec(
      allowed: allowed,
      schema: { ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)] },
      decode: { node, context in
        if let integer = node.integer, range.contains(integer) { return integer }
        if !node.isInvalid { context.report(node, allowed: allowed) }
        return nil
      },
      encode: { .integer($0) })
  }
}

extension ValueCodec<UInt64> {
  /// A seed of random numbers: what both JSON's signed readers and 64 bits can hold.
  static let seed = ValueCodec<Int>.integer(0...Int.max).mapped {
    UInt64($0)
  } _: {
    Int(clamping: $0)
  }
}

extension ValueCodec<Double> {
  /// A number from `minimum` (or above it) that float32 can hold.
  static func number(from minimum: Double? = nil, above: Double? = nil, to maximum: Double? = nil, below: Double? = nil)
    -> ValueCodec
  {
    let greatest = Double(Float.greatestFiniteMagnitude)
    var bounds: [String] = []
    var keywords: [JSONMember] = [JSONMember("type", "number")]
    if let minimum {
      bounds.append("at least \(short(minimum))")
      keywords.append(JSONMember("minimum", .number(minimum)))
    }
    if let above {
      bounds.append("above \(short(above))")
      keywords.append(JSONMember("exclusiveMinimum", .number(above)))
    }
    if let below {
      bounds.append("below \(short(below))")
      keywords.append(JSONMember("exclusiveMaximum", .number(below)))
    } else {
      bounds.append("at most \(short(maximum ?? greatest))")
      keywords.append(JSONMember("maximum", .number(maximum ?? greatest)))
    }
    let allowed = "a number " + bounds.joined(separator: " and ")
    let schema = JSONValue.object(keywords)
    return ValueCodec(
      allowed: allowed, schema: { schema },
      decode: { node, context in
        let number: Double
        switch node.content {
        case .integer(let integer): number = Double(integer)
        case .number(let value): number = value
        case .invalid: return nil
        case .null, .bool, .string, .array, .object:
          context.report(node, allowed: allowed)
          return nil
        }
        guard number >= minimum ?? -.infinity, number > above ?? -.infinity, number < below ?? .infinity,
          number <= maximum ?? greatest
        else {
          context.report(node, allowed: allowed)
          return nil
        }
        return number
      },
      encode: { .number($0) })
  }

  /// A bound as people write it.
  private static func short(_ number: Double) -> String {
    Int(exactly: number).flatMap { abs($0) < 1000 ? String($0) : nil } ?? number.description
  }
}

extension ValueCodec<String> {
  /// A text of 1 to `maximum` characters (Unicode scalars) without control characters.
  static func text(_ what: String, maximum: Int = 4096) -> ValueCodec {
    let allowed = "\(what) of 1 to \(maximum) characters, none of them a control character"
    return ValueCodec(
      allowed: allowed,
      schema: {
        ["type": "string", "minLength": 1, "maxLength": .integer(maximum), "pattern": "^[^\\u0000-\\u001f\\u007f]*$"]
      },
      decode: { node, context in
        if case .string(let string) = node.content, (1...maximum).contains(string.unicodeScalars.count),
          !string.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        {
          return string
        }
        if !node.isInvalid { context.report(node, allowed: allowed) }
        return nil
      },
      encode: { .string($0) })
  }

  /// A path as written.
  static let path = text("a path")
}

extension ValueCodec {
  /// One of a few names.
  static func choice(_ choices: [(name: String, value: Value)], nameOf: @escaping @Sendable (Value) -> String)
    -> ValueCodec
  {
    let names = choices.map(\.name)
    let values = Dictionary(uniqueKeysWithValues: choices.map { ($0.name, $0.value) })
    let allowed = names.count == 1 ? quotedList(names) : "one of \(quotedList(names))"
    return ValueCodec(
      allowed: allowed, schema: { ["enum": .array(names.map { .string($0) })] },
      decode: { node, context in
        if case .string(let name) = node.content {
          if let value = values[name] { return value }
          let hint = suggestion(for: name, among: names)
          context.report("found \(context.found(node)), allowed: \(allowed)\(hint)", at: node.range)
        } else if !node.isInvalid {
          context.report(node, allowed: allowed)
        }
        return nil
      },
      encode: { .string(nameOf($0)) })
  }
}

extension ValueCodec where Value: RawRepresentable<String> & CaseIterable {
  /// One of an enumeration's names, without those that are refused.
  static func choice(except refused: [String] = []) -> ValueCodec {
    choice(Value.allCases.map { ($0.rawValue, $0) }.filter { !refused.contains($0.0) }, nameOf: \.rawValue)
  }
}
