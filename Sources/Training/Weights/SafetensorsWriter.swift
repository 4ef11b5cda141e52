import ArenaMemory
import SystemCalls

/// A tensor of a weights file that stands in a block of memory, row-major.
struct StoredTensor<Element: TrainingElement> {
  let name: String
  /// Sizes; one or two.
  let shape: [Int]
  let block: MemoryBlock
  /// Bytes from the block's start.
  let offset: Int
  /// Whether its numbers are variances, of which none is below 0.
  var isOfVariances = false

  var elementCount: Int { shape.reduce(1, *) }
}

/// Writes tensors from where they stand, so that no second copy of the numbers is ever made. The file appears whole or
/// not at all; its header is filled up with blanks to a multiple of 8 bytes, so that every tensor is aligned.
///
/// - Throws: `SystemCallError` of making or writing the file.
func writeSafetensors<Element: TrainingElement>(
  _ tensors: [StoredTensor<Element>], metadata: [String: String], toPath path: String
) throws(SystemCallError) {
  let width = MemoryLayout<Element>.stride
  var header = SafetensorsHeader(entries: [], metadata: metadata)
  var offset = 0
  for tensor in tensors {
    let end = offset + tensor.elementCount * width
    header.entries.append(
      .init(name: tensor.name, type: width == 8 ? "F64" : "F32", shape: tensor.shape, start: offset, end: end))
    offset = end
  }
  let text = header.paddedJSON
  var start: [UInt8] = []
  start.appendLittleEndian(UInt64(text.count))
  start += text
  var file = try WholeFile(path: path)
  try file.append(start)
  for tensor in tensors {
    // The processors that this program is for keep the least byte first, as the file does.
    try tensor.block.withBytes(atByte: tensor.offset, count: tensor.elementCount * width) {
      bytes throws(SystemCallError) in
      try file.append(bytes)
    }
  }
  try file.commit()
}
