import Configuration

extension ConfigurationOverride {
  /// What `--set` with `path.to.key=value` behind it makes.
  init(assignment: String) throws(InvalidOverride) {
    let equals = assignment.firstIndex(of: "=") ?? assignment.endIndex
    try self.init(
      option: "--set \(assignment)", path: String(assignment[..<equals]),
      text: String(assignment[equals...].dropFirst()))
  }

  /// What an option for one key makes, such as `--seed 7`.
  init(_ name: String, _ text: String, isString: Bool = false) throws(InvalidOverride) {
    try self.init(option: "--\(name) \(text)", path: name, text: text, isString: isString)
  }
}
