import Configuration

/// Holds documents to a JSON Schema (2020-12), by the keywords that the configuration's schema uses.
struct SchemaValidator {
  let root: JSONValue

  init(_ root: JSONValue) {
    self.root = root
  }

  /// What is wrong with a document; a keyword that is not known here is wrong too.
  func mistakes(in value: JSONValue) -> [String] {
    check(value, root, "")
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
    (schema.members ?? []).flatMap { check(value, keyword: $0.name, $0.value, schema, path) }
  }

  private func check(
    _ value: JSONValue, keyword: String, _ argument: JSONValue, _ schema: JSONValue, _ path: String
  ) -> [String] {
    func unless(_ holds: Bool) -> [String] { holds ? [] : ["\(path): \(keyword) \(argument.text(.compact))"] }
    switch keyword {
    case "$schema", "title", "description", "default", "$defs": return []
    case "$ref":
      guard let name = argument.stringValue, name.hasPrefix("#/$defs/"),
        let target = root["$defs"]?[String(name.dropFirst(8))]
      else { return ["\(path): no such $ref"] }
      return check(value, target, path)
    case "type": return unless(argument.stringValue.map { has(value, $0) } ?? false)
    case "enum": return unless(argument.elements?.contains(value) ?? false)
    case "const": return unless(value == argument)
    case "minimum": return unless(compare(value, argument, >=))
    case "maximum": return unless(compare(value, argument, <=))
    case "exclusiveMinimum": return unless(compare(value, argument, >))
    case "exclusiveMaximum": return unless(compare(value, argument, <))
    case "minLength":
      return unless((value.stringValue?.unicodeScalars.count).map { $0 >= argument.integerValue ?? .max } ?? true)
    case "maxLength":
      return unless((value.stringValue?.unicodeScalars.count).map { $0 <= argument.integerValue ?? 0 } ?? true)
    case "pattern":
      guard let pattern = argument.stringValue.flatMap({ try? Regex($0) }) else { return ["\(path): wrong pattern"] }
      return unless(value.stringValue.map { $0.firstMatch(of: pattern) != nil } ?? true)
    case "minItems": return unless((value.elements?.count).map { $0 >= argument.integerValue ?? .max } ?? true)
    case "uniqueItems": return unless(value.elements.map { Set($0).count == $0.count } ?? true)
    case "items":
      return (value.elements ?? []).enumerated().flatMap { check($0.element, argument, "\(path)/\($0.offset)") }
    case "minProperties": return unless((value.members?.count).map { $0 >= argument.integerValue ?? .max } ?? true)
    case "maxProperties": return unless((value.members?.count).map { $0 <= argument.integerValue ?? 0 } ?? true)
    case "required":
      guard value.members != nil else { return [] }
      return unless((argument.elements ?? []).allSatisfy { name in name.stringValue.map { value[$0] != nil } ?? false })
    case "properties":
      return (argument.members ?? []).flatMap { property in
        value[property.name].map { check($0, property.value, "\(path)/\(property.name)") } ?? []
      }
    case "additionalProperties":
      let known = (schema["properties"]?.members ?? []).map(\.name)
      return unless(argument == false && (value.members ?? []).allSatisfy { known.contains($0.name) })
    case "anyOf": return unless((argument.elements ?? []).contains { check(value, $0, path).isEmpty })
    case "oneOf": return unless((argument.elements ?? []).count { check(value, $0, path).isEmpty } == 1)
    default: return ["\(path): unknown keyword \(keyword)"]
    }
  }

  private func compare(_ value: JSONValue, _ bound: JSONValue, _ holds: (Double, Double) -> Bool) -> Bool {
    guard let value = value.doubleValue, let bound = bound.doubleValue else { return true }
    return holds(value, bound)
  }

  private func has(_ value: JSONValue, _ type: String) -> Bool {
    switch (value, type) {
    case (.null, "null"), (.bool, "boolean"), (.integer, "integer"), (.integer, "number"), (.number, "number"),
      (.string, "string"), (.array, "array"), (.object, "object"):
      true
    case (.number(let number), "integer"): number == number.rounded()
    default: false
    }
  }
}
