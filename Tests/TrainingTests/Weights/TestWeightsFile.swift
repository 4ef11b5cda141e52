import SystemCalls
import Training

/// A safetensors file as tests see it: read with the checks of weights files, and written with whatever is to be in it.
struct TestWeightsFile: Hashable {
  struct Tensor: Hashable {
    var name: String
    /// Sizes; empty for a scalar.
    var shape: [Int]
    var elements: Elements

    func elements<Element: BinaryFloatingPoint>(as type: Element.Type) -> [Element] {
      switch elements {
      case .float32(let elements): elements.map { Element($0) }
      case .float64(let elements): elements.map { Element($0) }
      }
    }
  }

  enum Elements: Hashable {
    case float32([Float])
    case float64([Double])
  }

  /// In the order of their bytes in the file.
  var tensors: [Tensor]
  var metadata: [String: String] = [:]

  init(tensors: [Tensor]) { self.tensors = tensors }

  /// - Parameter path: names the file in messages.
  init(parsing bytes: [UInt8], path: String = "w") throws(DataFileError) {
    let layout = try SafetensorsLayout(byteCount: bytes.count, path: path) { Array(bytes[$0]) }
    metadata = layout.metadata
    tensors = layout.entries.map { entry in
      let data = bytes[layout.dataOffset + entry.start..<layout.dataOffset + entry.end]
      let elements: Elements =
        entry.type == "F32"
        ? .float32(Self.numbers(data, byteCount: 4).map { Float(bitPattern: UInt32($0)) })
        : .float64(Self.numbers(data, byteCount: 8).map { Double(bitPattern: $0) })
      return Tensor(name: entry.name, shape: entry.shape, elements: elements)
    }
  }

  init(path: String) throws { try self.init(parsing: readFile(atPath: path), path: path) }

  /// Names and metadata are to need no escapes.
  func write(toPath path: String) throws {
    var members = metadata.isEmpty ? [] : ["\"__metadata__\":{\(metadata.map { "\"\($0)\":\"\($1)\"" }.joined())}"]
    var data: [UInt8] = []
    for tensor in tensors {
      let start = data.count
      let type: String
      switch tensor.elements {
      case .float32(let elements):
        type = "F32"
        for element in elements { data += Self.bytes(UInt64(element.bitPattern), count: 4) }
      case .float64(let elements):
        type = "F64"
        for element in elements { data += Self.bytes(element.bitPattern, count: 8) }
      }
      let offsets = [start, data.count]
      members.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(type)\",\"shape\":\(tensor.shape),\"data_offsets\":\(offsets)}")
    }
    let header = Array("{\(members.joined(separator: ","))}".utf8)
    try writeFileWhole(Self.bytes(UInt64(header.count), count: 8) + header + data, toPath: path)
  }

  private static func bytes(_ number: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func numbers(_ bytes: ArraySlice<UInt8>, byteCount: Int) -> [UInt64] {
    stride(from: bytes.startIndex, to: bytes.endIndex, by: byteCount).map { start in
      bytes[start..<start + byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}
