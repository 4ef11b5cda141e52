/// What a sample's targets mean.
package enum SampleTask: String, Hashable, Sendable, CaseIterable {
  /// One or several real numbers.
  case regression
  /// The index of one class: 0, 1, 2, ...
  case classification
  /// One number from 0 to 1 per label, each label on its own.
  case multilabel

  /// Labels are held as floating-point numbers; up to here float32 holds each whole number exactly.
  package static let classLimit = 1 << 24

  /// What a value of a target must be, if `value` is none: for example `a class number (0, 1, 2, ...)`.
  func need(unmetBy value: Double) -> String? {
    switch self {
    case .regression:
      nil
    case .classification:
      if value < 0 || value != value.rounded(.towardZero) {
        "a class number (0, 1, 2, ...)"
      } else if value >= Double(Self.classLimit) {
        "a class number below \(Self.classLimit)"
      } else {
        nil
      }
    case .multilabel:
      value < 0 || value > 1 ? "a label from 0 to 1" : nil
    }
  }
}
