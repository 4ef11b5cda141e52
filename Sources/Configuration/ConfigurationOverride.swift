/// A value given on the command line in place of the file's, applied before anything is decoded.
///
/// ```
/// try ConfigurationOverride(option: "--set seed=7", path: "seed", text: "7")
/// ```
///
/// The path's steps are keys and, in lists, indices from 0. Objects on the way that the file does not have are made.
package struct ConfigurationOverride: Hashable, Sendable {
  /// The option as the user wrote it, which errors name in place of a line.
  package let option: String
  package let path: [String]
  /// The new value: JSON where it is JSON, else a string.
  package let text: String
  /// Whether `text` is a string even where it is JSON.
  package let isString: Bool

  /// - Parameters:
  ///   - option: as the user wrote it.
  ///   - path: keys joined by dots.
  /// - Throws: where a key is empty or there are more than a configuration can have.
  package init(option: String, path: String, text: String, isString: Bool = false) throws(InvalidOverride) {
    self.option = option
    self.path = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    self.text = text
    self.isString = isString
    guard !self.path.contains("") else { throw InvalidOverride(option: option, reason: "has an empty key") }
    guard self.path.count <= Limits.nesting else {
      throw InvalidOverride(option: option, reason: "has more than \(Limits.nesting) keys")
    }
  }

  /// The value as a tree whose places lie in text `index`.
  func value(in source: SourceText, index: Int) -> JSONNode {
    let range = SourceRange(text: index, start: 0, end: source.bytes.count)
    if !isString {
      var parser = JSONParser(source: source, index: index)
      if let node = parser.parseDocument(), parser.findings.isEmpty { return node }
    }
    return JSONNode(.string(text), at: range)
  }
}

/// What is to be set is at no place of any configuration.
package struct InvalidOverride: Error, Hashable, Sendable, CustomStringConvertible {
  package let option: String
  /// What is wrong, as the end of a sentence about the option.
  package let reason: String

  package var description: String {
    "\(shortened(option)): the override \(reason), allowed: path.to.key=value, such as training.epochs=5"
  }
}

extension JSONNode {
  /// Puts a value at a path, making objects that are missing; what cannot be is told.
  mutating func set(_ path: ArraySlice<String>, to value: JSONNode, _ context: inout DecodingContext) {
    guard let step = path.first else {
      self = value
      return
    }
    context.path.push(step)
    defer { context.path.pop() }
    switch content {
    case .object(var members):
      let index = members.firstIndex { $0.name == step } ?? members.count
      if index == members.count {
        members.append(Member(name: step, nameRange: value.range, value: JSONNode(.object([]), at: value.range)))
      }
      members[index].value.set(path.dropFirst(), to: value, &context)
      content = .object(members)
    case .array(var elements):
      guard let index = Int(step), elements.indices.contains(index) else {
        let allowed = elements.isEmpty ? "none, the list is empty" : "an index from 0 to \(elements.count - 1)"
        context.report("found \"\(shortened(step))\" for an index, allowed: \(allowed)", at: value.range)
        return
      }
      elements[index].set(path.dropFirst(), to: value, &context)
      content = .array(elements)
    case .null, .bool, .integer, .number, .string:
      let found = context.found(self)
      context.report("found \(found) where the key would have to be, allowed: keys of objects", at: value.range)
    case .invalid: break
    }
  }
}
