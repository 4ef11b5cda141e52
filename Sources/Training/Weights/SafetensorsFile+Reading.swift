extension SafetensorsFile {
  /// Reads a file from bytes at hand; `path` only names them in messages.
  package static func parse(_ bytes: [UInt8], path: String) throws(DataFileError) -> SafetensorsFile {
    let layout = try SafetensorsLayout(byteCount: bytes.count, path: path) { range in Array(bytes[range]) }
    var tensors: [NamedTensor] = []
    for entry in layout.entries { tensors.append(try tensor(entry, bytes, dataOffset: layout.dataOffset, path: path)) }
    return SafetensorsFile(tensors: tensors, metadata: layout.metadata)
  }

  /// - Precondition: the entry's bytes are in the file.
  private static func tensor(
    _ entry: SafetensorsHeader.Entry, _ bytes: [UInt8], dataOffset: Int, path: String
  ) throws(DataFileError) -> NamedTensor {
    let elementByteCount = try entry.elementByteCount(path: path)
    let start = dataOffset + entry.start
    let count = (entry.end - entry.start) / elementByteCount
    let elements: NamedTensor.Elements =
      elementByteCount == 4
      ? .float32(
        [Float](capacity: count) { output in
          for index in 0..<count {
            output.append(Float(bitPattern: UInt32(littleEndian: bytes, at: start + 4 * index)))
          }
        })
      : .float64(
        [Double](capacity: count) { output in
          for index in 0..<count {
            output.append(Double(bitPattern: UInt64(littleEndian: bytes, at: start + 8 * index)))
          }
        })
    return NamedTensor(name: entry.name, shape: entry.shape, elements: elements)
  }
}
