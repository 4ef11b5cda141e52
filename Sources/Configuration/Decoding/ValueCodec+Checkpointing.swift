import Checkpointing

extension ValueCodec<Strategy> {
  /// A checkpointing strategy as it stands on a command line, such as `sqrt` or `segments:4`.
  static let strategy: ValueCodec = {
    let text = ValueCodec<String>.text("a strategy such as \"none\", \"sqrt\" or \"segments:4\"")
    return ValueCodec(
      allowed: text.allowed, schema: { text.schema(pattern: strategyPattern) },
      decode: { node, context in
        guard let spelling = text.decode(node, &context) else { return nil }
        do throws(StrategyError) {
          return try Strategy(parsing: spelling)
        } catch {
          context.report(node, allowed: error.allowed)
          return nil
        }
      },
      encode: { .string($0.description) })
  }()
}

extension ValueCodec<ByteSize> {
  /// A size such as `96MiB`, `40%` or `min`, or a number of bytes.
  static let size: ValueCodec = {
    let allowed = "a size such as \"96MiB\", \"40%\" or \"min\", or a whole number of bytes"
    return ValueCodec(
      allowed: allowed,
      schema: {
        ["anyOf": [["type": "string", "pattern": .string("^\(sizePattern)$")], ["type": "integer", "minimum": 0]]]
      },
      decode: { node, context in
        switch node.content {
        case .string(let text):
          if let size = ByteSize(parsing: text) { return size }
        case .integer(let bytes) where bytes >= 0: return .bytes(bytes)
        case .number(let bytes) where bytes > 0 && bytes == bytes.rounded(): return .bytes(Int(exactly: bytes) ?? .max)
        case .invalid: return nil
        case .null, .bool, .integer, .number, .array, .object: break
        }
        context.report(node, allowed: allowed)
        return nil
      },
      encode: { .string($0.description) })
  }()
}

extension ValueCodec<MemoryBudget> {
  /// A size, or `auto`.
  static let memoryBudget: ValueCodec = {
    let size = ValueCodec<ByteSize>.size
    let allowed = "a size such as \"2GiB\", \"40%\" or \"min\", \"auto\", or a whole number of bytes"
    return ValueCodec(
      allowed: allowed,
      schema: {
        [
          "anyOf": [
            ["type": "string", "pattern": .string("^(auto|\(sizePattern))$")], ["type": "integer", "minimum": 0],
          ]
        ]
      },
      decode: { node, context in
        if case .string(let text) = node.content, let budget = MemoryBudget(parsing: text) { return budget }
        if case .string = node.content {
          context.report(node, allowed: allowed)
          return nil
        }
        return size.decode(node, &context).map { .size($0) }
      },
      encode: { .string($0.description) })
  }()
}

private let sizePattern = "(min|[0-9]+(\\.[0-9]+)?([kMGT]?B|[KMGT]iB|%)?)"

private let strategyPattern =
  "^(none|sqrt|recursive|optimal|(segments|every|revolve|mixed):[0-9]+|greedy:\(sizePattern)|file:.+)$"

extension ValueCodec {
  /// The schema of a text with a pattern of its own.
  fileprivate func schema(pattern: String) -> JSONValue {
    let members = (schema().members ?? []).filter { $0.name != "pattern" }
    return .object(members + [JSONMember("pattern", .string(pattern))])
  }
}
