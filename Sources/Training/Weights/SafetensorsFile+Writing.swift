extension SafetensorsFile {
  /// The file's bytes.
  ///
  /// float64 tensors come first, otherwise the order is kept: so every tensor begins at a multiple of its element's
  /// size, the header being filled up with blanks to a multiple of 8 bytes.
  package var fileBytes: [UInt8] {
    let wide = tensors.filter { $0.elementByteCount == 8 }
    let ordered = wide + tensors.filter { $0.elementByteCount == 4 }
    var header = SafetensorsHeader(entries: [], metadata: metadata)
    var offset = 0
    for tensor in ordered {
      let end = offset + tensor.elements.count * tensor.elementByteCount
      header.entries.append(
        .init(name: tensor.name, type: tensor.typeName, shape: tensor.shape, start: offset, end: end))
      offset = end
    }
    let text = header.paddedJSON
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + text.count + offset)
    bytes.appendLittleEndian(UInt64(text.count))
    bytes.append(contentsOf: text)
    for tensor in ordered {
      switch tensor.elements {
      case .float32(let elements): bytes.appendLittleEndian(elements.span)
      case .float64(let elements): bytes.appendLittleEndian(elements.span)
      }
    }
    return bytes
  }
}

extension NamedTensor {
  fileprivate var elementByteCount: Int {
    switch elements {
    case .float32: 4
    case .float64: 8
    }
  }

  fileprivate var typeName: String {
    switch elements {
    case .float32: "F32"
    case .float64: "F64"
    }
  }
}
