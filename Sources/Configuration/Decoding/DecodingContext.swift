import Checkpointing
/// Where decoding stands, and the mistakes found on the way.
struct DecodingContext {
  let sources: [SourceText]
  var path = ConfigurationPath()
  var findings = Findings()

  init(sources: [SourceText]) {
    self.sources = sources
  }

  /// Tells a mistake at the current path.
  mutating func report(_ message: String, at range: SourceRange) {
    let path = path
    findings.append(Finding(range: range, keyPath: path.description, message: message))
  }

  /// Tells that a value is not what its key allows.
  mutating func report(_ node: JSONNode, allowed: String) {
    report("found \(found(node)), allowed: \(allowed)", at: node.range)
  }

  /// A value in words, numbers as the user wrote them.
  func found(_ node: JSONNode) -> String {
    switch node.content {
    case .null: "null"
    case .bool(let bool): bool ? "true" : "false"
    case .integer, .number: shortened(String(decoding: sources[node.range.text].slice(node.range), as: UTF8.self))
    case .string(let string): "the string \"\(shortened(string))\""
    case .array: "a list"
    case .object: "an object"
    case .invalid: "a mistake"
    }
  }

  mutating func inside<Result>(_ key: String, _ body: (inout DecodingContext) -> Result) -> Result {
    path.push(key)
    defer { path.pop() }
    return body(&self)
  }

  mutating func inside<Result>(_ index: Int, _ body: (inout DecodingContext) -> Result) -> Result {
    path.push(index)
    defer { path.pop() }
    return body(&self)
  }
}

/// Names in quotes, for what is allowed.
func quotedList(_ names: [String]) -> String {
  names.map { "\"\($0)\"" }.joined(separator: ", ")
}

/// The end of a sentence that points from a misspelt name to a known one.
func suggestion(for name: String, among known: [String]) -> String {
  nearestName(to: name, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
}
