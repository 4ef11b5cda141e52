import ArenaMemory
import SystemCalls

/// A safetensors file whose tensors are read one at a time and in pieces, straight to where they go.
struct TensorFile {
  let path: String
  let layout: SafetensorsLayout
  private let source: InputFile

  private static let pieceElementCount = 1 << 18

  /// Opens a file and checks its header.
  ///
  /// - Throws: `DataFileError`, `unreadable` if the system refuses the file, otherwise `content`.
  init(path: String) throws(DataFileError) {
    self.path = path
    let source = try openDataFile(atPath: path)
    let byteCount =
      switch source {
      case .regular(let file): file.byteCount
      case .bytes(let bytes): bytes.count
      }
    self.source = source
    layout = try SafetensorsLayout(byteCount: byteCount, path: path) { range throws(DataFileError) in
      try Self.read(range, from: source, path: path)
    }
  }

  /// Reads a tensor to its place, each number rounded to `Element`.
  ///
  /// - Throws: `DataFileError`; of a number that is not finite, or not after rounding, and of a variance below 0, with
  ///   the tensor and the element.
  /// - Precondition: the entry is of this file, and has as many elements as the tensor.
  func read<Element: TrainingElement>(
    _ entry: SafetensorsHeader.Entry, into tensor: StoredTensor<Element>
  ) throws {
    let width = try entry.elementByteCount(path: path)
    let count = (entry.end - entry.start) / width
    precondition(count == tensor.elementCount, "an entry has as many elements as its tensor")
    for start in stride(from: 0, to: count, by: Self.pieceElementCount) {
      let end = min(start + Self.pieceElementCount, count)
      let first = layout.dataOffset + entry.start
      let bytes = try Self.read(first + start * width..<first + end * width, from: source, path: path)
      let elements = elements(bytes, width: width, as: Element.self)
      func refusal(of found: String, at index: Int, needed: String) -> DataFileError {
        DataFileError(
          path: path,
          "the tensor \"\(entry.name)\" has \(found) at element \(start + index) (the first is 0, row-major) where "
            + "\(needed) is needed")
      }
      if let index = firstNotFinite(in: elements) {
        let exact =
          width == 8 ? Double(bitPattern: UInt64(littleEndian: bytes, at: 8 * index)) : Double(elements[index])
        let found = exact.isFinite ? "\(exact), which is beyond float32," : "\(exact)"
        throw refusal(of: found, at: index, needed: "a finite number")
      }
      if tensor.isOfVariances, let index = elements.firstIndex(where: { $0 < 0 }) {
        throw refusal(of: "\(elements[index])", at: index, needed: "a variance")
      }
      try tensor.block.write(elements, atByte: tensor.offset + start * MemoryLayout<Element>.stride)
    }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func firstNotFinite<Element: TrainingElement>(in elements: [Element]) -> Int? {
    elements.firstIndex { !$0.isFinite }
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private func elements<Element: TrainingElement>(_ bytes: [UInt8], width: Int, as type: Element.Type) -> [Element] {
    [Element](capacity: bytes.count / width) { output in
      for offset in stride(from: 0, to: bytes.count, by: width) {
        if width == 4 {
          output.append(Element(Float(bitPattern: UInt32(littleEndian: bytes, at: offset))))
        } else {
          output.append(Element(Double(bitPattern: UInt64(littleEndian: bytes, at: offset))))
        }
      }
    }
  }

  private static func read(_ range: Range<Int>, from source: InputFile, path: String) throws(DataFileError) -> [UInt8] {
    switch source {
    case .bytes(let bytes): return Array(bytes[range])
    case .regular(let file):
      do throws(SystemCallError) {
        return try file.read(atByte: range.lowerBound, count: range.count)
      } catch {
        throw DataFileError(unreadable: path, error)
      }
    }
  }
}
