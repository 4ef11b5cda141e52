/// Where the tensors of a safetensors file stand in it, checked against the file's size and against each other before
/// any of them is read.
///
/// The format: https://github.com/huggingface/safetensors#format. As there, tensors fill the bytes behind the header
/// without gap or overlap, and a header takes at most 100,000,000 bytes.
package struct SafetensorsLayout: Hashable {
  /// In the order of their bytes.
  package let entries: [SafetensorsHeader.Entry]
  package let metadata: [String: String]
  /// Where in the file the entries' offsets count from.
  package let dataOffset: Int

  private static let largestHeader = 100_000_000

  /// - Parameter read: the bytes of a range of the file; asked for the header alone.
  /// - Throws: `DataFileError` of kind `content`, and what `read` throws.
  package init(
    byteCount: Int, path: String, reading read: (Range<Int>) throws(DataFileError) -> [UInt8]
  ) throws(DataFileError) {
    func wrong(_ sentence: String) -> DataFileError { DataFileError(path: path, sentence) }
    guard byteCount >= 8 else {
      throw wrong("is no safetensors file: it has \(byteCount) bytes where the header's length alone takes 8")
    }
    let announced = UInt64(littleEndian: try read(0..<8), at: 0)
    guard announced <= UInt64(Self.largestHeader) else {
      throw wrong(
        "is no safetensors file: its header would take \(announced) bytes; at most \(Self.largestHeader) are read")
    }
    let dataOffset = 8 + Int(announced)
    guard dataOffset <= byteCount else {
      throw wrong("is cut off inside its header, which takes \(announced) bytes; \(byteCount - 8) follow its length")
    }
    let text = try read(8..<dataOffset)
    guard text.first == UInt8(ascii: "{") else {
      throw wrong("is no safetensors file: its header does not begin with {")
    }
    let header: SafetensorsHeader
    do throws(StrictJSONScanner.Malformed) {
      header = try SafetensorsHeader(json: text[...])
    } catch {
      throw wrong("has a malformed header: \(error.description)")
    }
    let ordered = header.entries.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    var end = 0
    for entry in ordered {
      guard entry.start == end else {
        throw wrong(
          "the bytes of \(quoted(entry.name)) begin at \(entry.start), but \(end) is where the tensor before ends")
      }
      end = entry.end
      guard end <= byteCount - dataOffset else {
        throw wrong(
          "is cut off: the bytes of \(quoted(entry.name)) end at \(end), but \(byteCount - dataOffset) follow the header"
        )
      }
      _ = try entry.elementByteCount(path: path)
    }
    guard end == byteCount - dataOffset else {
      throw wrong("has \(byteCount - dataOffset) bytes behind its header, but its tensors take \(end)")
    }
    entries = ordered
    metadata = header.metadata
    self.dataOffset = dataOffset
  }
}

/// How the names of PyTorch's counts of a batch norm's batches end.
let batchCountSuffix = ".num_batches_tracked"

extension SafetensorsHeader.Entry {
  /// Bytes of one element: 4 or 8.
  ///
  /// Of PyTorch's batch norms there is also a number of batches, which nothing here reads.
  ///
  /// - Throws: for another type, or a shape that does not take the entry's bytes.
  func elementByteCount(path: String) throws(DataFileError) -> Int {
    let elementByteCount: Int
    switch type {
    case "F32": elementByteCount = 4
    case "F64": elementByteCount = 8
    case "I64" where name.hasSuffix(batchCountSuffix): elementByteCount = 8
    default:
      throw DataFileError(path: path, "\(quoted(name)) is of type \(quoted(type)); \"F32\" and \"F64\" can be read")
    }
    var needed = elementByteCount
    for size in shape where needed >= 0 {
      let (product, overflow) = needed.multipliedReportingOverflow(by: size)
      needed = overflow ? -1 : product
    }
    guard needed == end - start else {
      let text = shape.map(String.init).joined(separator: ", ")
      throw DataFileError(
        path: path,
        "\(quoted(name)) has the shape [\(text)] of \(type), "
          + (needed < 0 ? "which is too large" : "which takes \(needed) bytes, but \(end - start) are given"))
    }
    return elementByteCount
  }
}
