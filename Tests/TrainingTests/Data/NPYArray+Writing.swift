import Training

extension NPYArray {
  /// The array as a file of format 1.0 and type `<f4` or `<f8`: the header is filled up so that the elements begin at a
  /// multiple of 64 bytes.
  var fileBytes: [UInt8] {
    let width = MemoryLayout<Element>.stride
    let sizes = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
    var text = "{'descr': '<f\(width)', 'fortran_order': False, 'shape': (\(sizes)), }"
    text += String(repeating: " ", count: (64 - (10 + text.utf8.count + 1) % 64) % 64) + "\n"
    let length = text.utf8.count
    let start = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
    return start
      + elements.flatMap { element in
        let bits = width == 4 ? UInt64(Float(element).bitPattern) : Double(element).bitPattern
        return (0..<width).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
      }
  }
}
