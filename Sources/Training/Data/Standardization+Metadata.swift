extension Standardization {
  private static let meansKey = "standardization.means"
  private static let deviationsKey = "standardization.deviations"

  /// The figures as text for a weights file's metadata: numbers with a blank between them, each the shortest text that
  /// reads back as the same float64.
  package var metadata: [String: String] {
    [
      Self.meansKey: means.map { "\($0)" }.joined(separator: " "),
      Self.deviationsKey: deviations.map { "\($0)" }.joined(separator: " "),
    ]
  }

  /// Reads the figures back.
  ///
  /// - Parameter path: the file that has the metadata, for messages.
  /// - Returns: nil if the metadata have none.
  /// - Throws: `DataFileError` (content) if they have only one of the two, or what are no such figures.
  package static func read(
    fromMetadata metadata: [String: String], path: String
  ) throws(DataFileError) -> Standardization? {
    let means = metadata[meansKey]
    let deviations = metadata[deviationsKey]
    guard let means, let deviations else {
      if means == nil, deviations == nil { return nil }
      let (present, absent) = means == nil ? (deviationsKey, meansKey) : (meansKey, deviationsKey)
      throw DataFileError(path: path, "the metadata have \(quoted(present)) but not \(quoted(absent))")
    }
    let meanNumbers = try numbers(means, key: meansKey, path: path)
    let deviationNumbers = try numbers(deviations, key: deviationsKey, path: path)
    do throws(DataRequestError) {
      return try Standardization(means: meanNumbers, deviations: deviationNumbers)
    } catch {
      throw DataFileError(path: path, "in the metadata \(error)")
    }
  }

  private static func numbers(_ text: String, key: String, path: String) throws(DataFileError) -> [Double] {
    var numbers: [Double] = []
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      guard let number = Double(word) else {
        throw DataFileError(
          path: path, "the metadata's \(quoted(key)) has the text \(quoted(String(word))) where a number is needed")
      }
      numbers.append(number)
    }
    return numbers
  }
}
