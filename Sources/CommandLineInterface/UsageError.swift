/// A command line that cannot be carried out, as a sentence that says what was found and what would work.
package struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `EX_USAGE` of `sysexits.h`.
  package static let exitCode: Int32 = 64

  package let sentence: String

  package init(_ sentence: String) {
    self.sentence = sentence
  }

  package var description: String { sentence }
}
