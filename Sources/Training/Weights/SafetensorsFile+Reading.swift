extension SafetensorsFile {
  /// Reads a file from bytes at hand; `path` only names them in messages.
  package static func parse(_ bytes: [UInt8], path: String) throws(DataFileError) -> SafetensorsFile {
    func wrong(_ sentence: String) -> DataFileError { DataFileError(path: path, sentence) }
    guard bytes.count >= 8 else {
      throw wrong("is no safetensors file: it has \(bytes.count) bytes where the header's length alone takes 8")
    }
    let announced = UInt64(littleEndian: bytes, at: 0)
    guard announced <= UInt64(largestHeader) else {
      throw wrong("is no safetensors file: its header would take \(announced) bytes; at most \(largestHeader) are read")
    }
    let dataOffset = 8 + Int(announced)
    guard dataOffset <= bytes.count else {
      throw wrong("is cut off inside its header, which takes \(announced) bytes; \(bytes.count - 8) follow its length")
    }
    guard dataOffset > 8, bytes[8] == UInt8(ascii: "{") else {
      throw wrong("is no safetensors file: its header does not begin with {")
    }
    let header: SafetensorsHeader
    do throws(StrictJSONScanner.Malformed) {
      header = try SafetensorsHeader(json: bytes[8..<dataOffset])
    } catch {
      throw wrong("has a malformed header: \(error.description)")
    }
    let ordered = header.entries.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    var tensors: [NamedTensor] = []
    var end = 0
    for entry in ordered {
      guard entry.start == end else {
        throw wrong(
          "the bytes of \(quoted(entry.name)) begin at \(entry.start), but \(end) is where the tensor before ends")
      }
      end = entry.end
      guard end <= bytes.count - dataOffset else {
        throw wrong(
          "is cut off: the bytes of \(quoted(entry.name)) end at \(end), but \(bytes.count - dataOffset) follow the header"
        )
      }
      tensors.append(try tensor(entry, bytes, dataOffset: dataOffset, path: path))
    }
    guard end == bytes.count - dataOffset else {
      throw wrong("has \(bytes.count - dataOffset) bytes behind its header, but its tensors take \(end)")
    }
    return SafetensorsFile(tensors: tensors, metadata: header.metadata)
  }

  /// - Precondition: the entry's bytes are in the file.
  private static func tensor(
    _ entry: SafetensorsHeader.Entry, _ bytes: [UInt8], dataOffset: Int, path: String
  ) throws(DataFileError) -> NamedTensor {
    let elementByteCount: Int
    switch entry.type {
    case "F32": elementByteCount = 4
    case "F64": elementByteCount = 8
    default:
      throw DataFileError(
        path: path, "\(quoted(entry.name)) is of type \(quoted(entry.type)); \"F32\" and \"F64\" can be read")
    }
    var needed = elementByteCount
    for size in entry.shape where needed >= 0 {
      let (product, overflow) = needed.multipliedReportingOverflow(by: size)
      needed = overflow ? -1 : product
    }
    guard needed == entry.end - entry.start else {
      let shape = entry.shape.map(String.init).joined(separator: ", ")
      throw DataFileError(
        path: path,
        "\(quoted(entry.name)) has the shape [\(shape)] of \(entry.type), "
          + (needed < 0
            ? "which is too large" : "which takes \(needed) bytes, but \(entry.end - entry.start) are given"))
    }
    let start = dataOffset + entry.start
    let count = needed / elementByteCount
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
