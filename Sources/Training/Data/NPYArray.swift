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
