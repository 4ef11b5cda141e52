/// The header of a safetensors file: which tensors it has, where their bytes stand, and its metadata.
///
/// ```
/// {"__metadata__":{"format":"pt"},"layers.0.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}
/// ```
/// Read strictly: UTF-8; keys once; known keys only; sizes and offsets whole and not negative.
package struct SafetensorsHeader: Hashable {
  package struct Entry: Hashable {
    package let name: String
    /// `F32`, `F64` or another.
    package let type: String
    package let shape: [Int]
    /// Offsets of the tensor's first byte and of the one behind its last, from the header's end.
    package let start: Int
    package let end: Int
  }

  /// In the order of the header.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// - Parameter bytes: the JSON text alone, blanks behind it allowed.
  init(json bytes: ArraySlice<UInt8>) throws(StrictJSONScanner.Malformed) {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .init("it is not UTF-8") }
    var scanner = StrictJSONScanner(Array(text.utf8))
    var names: Set<String> = []
    try scanner.object { scanner, name throws(StrictJSONScanner.Malformed) in
      guard names.insert(name).inserted else { throw .init("the name \(quoted(name)) occurs twice") }
      if name == "__metadata__" {
        metadata = try Self.metadata(&scanner)
      } else {
        entries.append(try Self.entry(&scanner, name: name))
      }
    }
    try scanner.end()
  }

  private static func metadata(
    _ scanner: inout StrictJSONScanner
  ) throws(StrictJSONScanner.Malformed) -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.object { scanner, key throws(StrictJSONScanner.Malformed) in
      guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
        throw .init("the metadata's key \(quoted(key)) occurs twice")
      }
    }
    return metadata
  }

  private static func entry(
    _ scanner: inout StrictJSONScanner, name: String
  ) throws(StrictJSONScanner.Malformed) -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { scanner, key throws(StrictJSONScanner.Malformed) in
      switch key {
      case "dtype" where type == nil: type = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.wholeNumbers()
      case "data_offsets" where offsets == nil: offsets = try scanner.wholeNumbers()
      case "dtype", "shape", "data_offsets":
        throw .init("the key \(quoted(key)) of \(quoted(name)) occurs twice")
      default: throw .init("the key \(quoted(key)) of \(quoted(name)) is not known")
      }
    }
    guard let type, let shape, let offsets else {
      throw .init("\(quoted(name)) needs \"dtype\", \"shape\" and \"data_offsets\"")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw .init("the data_offsets of \(quoted(name)) are not a start and an end")
    }
    return Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1])
  }

  /// The header's member for metadata; nil where there are none.
  static func member(of metadata: [String: String]) -> String? {
    guard !metadata.isEmpty else { return nil }
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
    return "\"__metadata__\":{\(pairs.joined(separator: ","))}"
  }
}

extension SafetensorsHeader.Entry {
  /// The header's member for a tensor.
  var member: String {
    let sizes = shape.map(String.init).joined(separator: ",")
    return "\(jsonString(name)):{\"dtype\":\(jsonString(type)),\"shape\":[\(sizes)],"
      + "\"data_offsets\":[\(start),\(end)]}"
  }
}

/// A string as JSON has it, in quotes.
private func jsonString(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": result += "\\\(scalar)"
    case "\n": result += "\\n"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
