/// What configurations of later versions may say and this version does not have.
///
/// Each is refused with a sentence that names what works instead; none is ever ignored. When a capability arrives its
/// entry goes, and the key tables, the resolved configuration and the schema then know it.
enum Refusals {
  struct Refusal: Sendable {
    enum Kind: Sendable {
      /// The key, but for values that change nothing.
      case key(harmless: @Sendable (_ value: JSONNode, _ root: JSONNode) -> Bool)
      /// One value of a key that has others.
      case value(String)
    }

    let path: [String]
    let kind: Kind
    let sentence: String

    init(_ path: String, _ kind: Kind, _ sentence: String) {
      self.path = path.split(separator: ".").map(String.init)
      self.kind = kind
      self.sentence = sentence
    }
  }

  static let all: [Refusal] = [
    Refusal(
      "data.type", .value("idx"),
      "this version does not read idx files, allowed: \"csv\", \"npy\" or \"synthetic\"; convert the file to npy"),
    Refusal(
      "training.earlyStopping", .key(harmless: isNull),
      "this version does not stop early, allowed: no such key; set \"epochs\""),
    Refusal(
      "training.saveEveryIterations", .key(harmless: isNull),
      "this version does not save its state while it trains, allowed: no such key; the weights are saved at the end"),
  ]

  /// Whether a key of the whole file is refused, whatever it holds but harmless values.
  static func refuses(key: String) -> Bool {
    all.contains { refusal in
      if case .key = refusal.kind { refusal.path == [key] } else { false }
    }
  }

  /// Tells of what is refused, and takes it out of the tree so that the decoder does not tell of it again.
  static func apply(to root: inout JSONNode, _ context: inout DecodingContext) {
    let whole = root
    for refusal in all {
      root.edit(at: refusal.path[...]) { member in
        let isRefused =
          switch refusal.kind {
          case .value(let name): member.value.string == name
          case .key(let harmless): !harmless(member.value, whole)
          }
        if isRefused, !member.value.isInvalid {
          context.path.steps = refusal.path.map { .key($0) }
          context.report("found \(context.found(member.value)), \(refusal.sentence)", at: member.value.range)
          context.path.steps = []
        }
        switch refusal.kind {
        case .key: return nil
        case .value:
          var kept = member
          if isRefused { kept.value.content = .invalid }
          return kept
        }
      }
    }
  }

  @Sendable private static func isNull(_ value: JSONNode, _ root: JSONNode) -> Bool {
    if case .null = value.content { true } else { false }
  }
}

extension JSONNode {
  /// Replaces the member at a path of names, where there is one; nil takes it out.
  fileprivate mutating func edit(at path: ArraySlice<String>, _ change: (Member) -> Member?) {
    guard case .object(var members) = content, let name = path.first,
      let index = members.firstIndex(where: { $0.name == name })
    else { return }
    if path.count > 1 {
      members[index].value.edit(at: path.dropFirst(), change)
    } else if let changed = change(members[index]) {
      members[index] = changed
    } else {
      members.remove(at: index)
    }
    content = .object(members)
  }
}
