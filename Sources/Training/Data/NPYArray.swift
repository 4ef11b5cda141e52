/// An array as an NPY file has it, its elements converted.
///
/// ```
/// let scores: NPYArray<Float> = try .parse(bytes, path: "scores.npy")   // shape [100, 3], 300 elements, row-major
/// ```
package struct NPYArray<Element: TrainingElement>: Hashable, Sendable {
  /// One or two sizes.
  package let shape: [Int]
  /// Row-major.
  package let elements: [Element]

  /// - Precondition: the product of the sizes is the number of elements.
  package init(shape: [Int], elements: [Element]) {
    precondition((1...2).contains(shape.count) && shape.reduce(1, *) == elements.count)
    self.shape = shape
    self.elements = elements
  }

  /// Rows: the first size.
  package var rowCount: Int { shape[0] }

  /// Elements of a row: the second size, or 1.
  package var columnCount: Int { shape.count == 2 ? shape[1] : 1 }

  /// Takes a whole file's bytes apart. Numbers are rounded to `Element`, int64 through float64.
  ///
  /// - Parameter path: only names them in messages.
  /// - Throws: `DataFileError`.
  package static func parse(_ bytes: [UInt8], path: String) throws(DataFileError) -> NPYArray {
    let header = try NPYHeader(bytes, path: path)
    return NPYArray(shape: header.shape, elements: elements(bytes, header))
  }

  @_specialize(where Element == Float)
  @_specialize(where Element == Double)
  private static func elements(_ bytes: [UInt8], _ header: NPYHeader) -> [Element] {
    [Element](capacity: header.elementCount) { output in
      for index in 0..<header.elementCount {
        output.append(header.elementType.element(bytes, at: header.dataOffset + index * header.elementType.byteCount))
      }
    }
  }
}

extension NPYArray where Element == Float {
  /// The array as a file of format 1.0 and type `<f4`.
  package var fileBytes: [UInt8] {
    var bytes = npyHeaderBytes(elementType: .float32, shape: shape)
    bytes.appendLittleEndian(elements.span)
    return bytes
  }
}

extension NPYArray where Element == Double {
  /// The array as a file of format 1.0 and type `<f8`.
  package var fileBytes: [UInt8] {
    var bytes = npyHeaderBytes(elementType: .float64, shape: shape)
    bytes.appendLittleEndian(elements.span)
    return bytes
  }
}

/// A header of format 1.0, filled up so that the elements begin at a multiple of 64 bytes.
private func npyHeaderBytes(elementType: NPYElementType, shape: [Int]) -> [UInt8] {
  let sizes = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
  var text = "{'descr': '\(elementType.rawValue)', 'fortran_order': False, 'shape': (\(sizes)), }"
  let unpadded = 10 + text.utf8.count + 1
  text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
  let length = text.utf8.count
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
}
