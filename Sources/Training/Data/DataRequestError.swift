/// Data that were asked for in a way that cannot be met, whatever the files contain: a mistake of the configuration.
package struct DataRequestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was asked, and what would work.
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
