import Configuration
import SystemCalls
import TestSupport
import Testing

/// The page about the configuration file says what the key tables say.
///
/// Between `<!-- keys: NAME -->` and `<!-- end -->` stands a table that is made from the schema; the rest of the page
/// is written by hand.
@Suite struct ConfigurationPageTests {
  /// Sections of the page and where the schema has their keys.
  static let sections: [(name: String, schema: [String])] =
    [
      ("file", []), ("model", ["properties", "model"]), ("training", ["properties", "training"]),
      ("gradientClip", ["properties", "training", "properties", "gradientClip", "anyOf", "0"]),
    ] + variants("data", at: ["properties", "data", "oneOf"], ["csv", "npy", "synthetic"])
    + variants("layer", at: ["$defs", "layer", "oneOf"], SchemaTests.layers)
    + variants(
      "loss", at: ["properties", "loss", "anyOf", "1", "oneOf"],
      [
        "meanSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy", "softmaxCrossEntropy",
        "halfSquaredError",
      ])
    + variants("optimizer", at: ["properties", "optimizer", "oneOf"], ["sgd", "adam", "adamw"])
    + variants("schedule", at: ["properties", "schedule", "oneOf"], ["constant", "step", "cosine", "linear"])

  private static func variants(
    _ group: String, at path: [String], _ names: [String]
  ) -> [(name: String, schema: [String])] {
    names.enumerated().map { ("\(group) \($1)", path + ["\($0)"]) }
  }

  private static let pageName = "../../docs/configuration.md"

  private func page() throws -> String {
    let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return String(decoding: try readFile(atPath: "/\(folder)/docs/configuration.md"), as: UTF8.self)
  }

  @Test func tablesAreTheSchemas() throws {
    var lines: [Substring] = []
    var isInTable = false
    var described: [String] = []
    for line in try page().split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "<!-- end -->" { isInTable = false }
      if !isInTable { lines.append(line) }
      guard line.hasPrefix("<!-- keys: "), line.hasSuffix(" -->") else { continue }
      isInTable = true
      let name = String(line.dropFirst("<!-- keys: ".count).dropLast(" -->".count))
      described.append(name)
      let section = try #require(Self.sections.first { $0.name == name }, "the schema has no \(name)")
      let schema = try #require(part(section.schema), "\(name)")
      lines += table(of: schema).map { $0[...] }
    }
    let difference = try differenceFromGolden(lines.joined(separator: "\n"), Self.pageName)
    #expect(difference == nil)
    // A variant without a key of its own needs no table.
    let withKeys = Self.sections.filter { section in
      part(section.schema)?["properties"]?.members?.contains { $0.value["const"] == nil } == true
    }
    #expect(described == described.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    #expect(Set(described) == Set(withKeys.map(\.name)))
  }

  /// Whole files, and lists of layers.
  @Test func examplesAreRead() throws {
    let blocks = try page().components(between: "```json\n", and: "```")
    #expect(blocks.count >= 4)
    for block in blocks {
      let text = block.hasPrefix("{") ? block : configuration(layers: block)
      #expect(mistakes(text) == "", "\(block)")
    }
  }

  private func part(_ steps: [String]) -> JSONValue? {
    steps.reduce(Optional(configurationSchema())) { value, step in value?[step] ?? Int(step).flatMap { value?[$0] } }
  }

  private func table(of schema: JSONValue) -> [String] {
    let required = (schema["required"]?.elements ?? []).compactMap(\.stringValue)
    return ["| key | value | unless given | meaning |", "| --- | --- | --- | --- |"]
      + (schema["properties"]?.members ?? []).filter { $0.value["const"] == nil }.map { member in
        let description = member.value["description"]?.stringValue ?? ""
        let defaultText: String =
          if required.contains(member.name) {
            "required"
          } else if let value = member.value["default"], !value.isObject {
            "`\(value.text(.compact))`"
          } else {
            ""
          }
        return "| `\(member.name)` | \(allowed(member.value)) | \(defaultText) | \(description) |"
      }
  }

  /// What a value may be, in a few words.
  private func allowed(_ schema: JSONValue) -> String {
    if let alternatives = (schema["anyOf"] ?? schema["oneOf"])?.elements {
      return unique(alternatives.map(allowed)).joined(separator: " or ")
    }
    if let values = schema["enum"]?.elements {
      return values.map { "`\($0.text(.compact))`" }.joined(separator: ", ")
    }
    switch schema["type"]?.stringValue {
    case "integer": return "whole number" + range(schema)
    case "number": return "number" + range(schema)
    case "boolean": return "`true`, `false`"
    case "string": return "text"
    case "null": return "`null`"
    case "array":
      let items = schema["items"].map { $0["$ref"] == nil ? allowed($0) : "layer" } ?? ""
      return "list of \(items)s"
    case let type?: return type
    case nil: return ""
    }
  }

  private func range(_ schema: JSONValue) -> String {
    // Bounds that only keep a number finite, or a size from overflowing, say nothing to a reader.
    func bound(_ key: String) -> String? {
      guard let value = schema[key], value.doubleValue.map({ abs($0) < 1e9 }) ?? true else { return nil }
      return value.text(.compact)
    }
    var words: [String] = []
    if let least = bound("minimum") { words.append("from \(least)") }
    if let open = bound("exclusiveMinimum") { words.append("above \(open)") }
    if let most = bound("maximum") { words.append("to \(most)") }
    if let open = bound("exclusiveMaximum") { words.append("below \(open)") }
    return words.isEmpty ? "" : " " + words.joined(separator: " ")
  }

  private func unique(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

extension JSONValue {
  fileprivate var isObject: Bool { members != nil }
}

extension String {
  fileprivate func components(between start: String, and end: String) -> [String] {
    var found: [String] = []
    var rest = self[...]
    while let opening = rest.firstRange(of: start) {
      rest = rest[opening.upperBound...]
      guard let closing = rest.firstRange(of: end) else { break }
      found.append(String(rest[..<closing.lowerBound]))
      rest = rest[closing.upperBound...]
    }
    return found
  }
}
