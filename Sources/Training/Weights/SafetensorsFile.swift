package import SystemCalls

/// A whole safetensors file: float32 and float64 tensors with names and shapes, and text metadata.
///
/// ```
/// let file = SafetensorsFile(
///   tensors: [NamedTensor(name: "layers.0.bias", shape: [2], elements: .float32([1, 2]))],
///   metadata: ["loss": "0.25"])
/// try file.write(toPath: "weights.safetensors")
/// let same = try SafetensorsFile.read(fromPath: "weights.safetensors")
/// ```
/// The format: https://github.com/huggingface/safetensors#format. As there, tensors fill the bytes behind the header
/// without gap or overlap, and a header takes at most 100,000,000 bytes.
package struct SafetensorsFile: Hashable, Sendable {
  /// In the order of their bytes in the file.
  package let tensors: [NamedTensor]
  package let metadata: [String: String]

  static let largestHeader = 100_000_000

  /// - Precondition: the names differ, and none is `__metadata__`.
  package init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
    let names = Set(tensors.map(\.name))
    precondition(names.count == tensors.count && !names.contains("__metadata__"))
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads and checks a whole file.
  ///
  /// - Throws: `DataFileError`, `unreadable` if the system refuses the file, otherwise `content`.
  package static func read(fromPath path: String) throws(DataFileError) -> SafetensorsFile {
    try parse(try readDataFile(atPath: path), path: path)
  }

  /// Writes the file so that it appears whole or not at all.
  ///
  /// - Throws: `SystemCallError`; what stood at `path` is then untouched.
  package func write(toPath path: String) throws(SystemCallError) {
    try writeFileWhole(fileBytes, toPath: path)
  }
}
