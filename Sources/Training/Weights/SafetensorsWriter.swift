package import ArenaMemory
package import SystemCalls

/// A tensor of a weights file that stands in a block of memory, row-major.
package struct StoredTensor<Element: TrainingElement> {
  let name: String
  /// Sizes; one or two.
  let shape: [Int]
  let block: MemoryBlock
  /// Bytes from the block's start.
  let offset: Int
  /// Whether its numbers are variances, of which none is below 0.
  let isOfVariances: Bool

  package init(name: String, shape: [Int], block: MemoryBlock, offset: Int, isOfVariances: Bool = false) {
    self.name = name
    self.shape = shape
    self.block = block
    self.offset = offset
    self.isOfVariances = isOfVariances
  }

  var elementCount: Int { shape.reduce(1, *) }
}

/// Writes tensors from where they stand, so that no second copy of the numbers is ever made. The file appears whole or
/// not at all; its header is filled up with blanks to a multiple of 8 bytes, so that every tensor is aligned.
///
/// - Parameter tensors: can be gone through several times. In a deep and narrow network a list of them would be as large
///   as all numbers.
/// - Throws: `SystemCallError` of making or writing the file.
package func writeSafetensors<Element: TrainingElement>(
  _ tensors: some Sequence<StoredTensor<Element>>, metadata: [String: String], toPath path: String
) throws(SystemCallError) {
  let width = MemoryLayout<Element>.stride
  func forEachMember(_ body: (String) throws(SystemCallError) -> Void) throws(SystemCallError) {
    var separator = ""
    if let member = SafetensorsHeader.member(of: metadata) {
      try body(member)
      separator = ","
    }
    var offset = 0
    for tensor in tensors {
      let entry = SafetensorsHeader.Entry(
        name: tensor.name, type: width == 8 ? "F64" : "F32", shape: tensor.shape, start: offset,
        end: offset + tensor.elementCount * width)
      try body(separator + entry.member)
      separator = ","
      offset = entry.end
    }
  }
  var length = 2
  try forEachMember { member throws(SystemCallError) in length += member.utf8.count }
  let padding = (8 - length % 8) % 8
  var start: [UInt8] = []
  start.appendLittleEndian(UInt64(length + padding))
  var file = try WholeFile(path: path)
  try file.append(start + [UInt8(ascii: "{")])
  try forEachMember { member throws(SystemCallError) in try file.append(Array(member.utf8)) }
  try file.append([UInt8(ascii: "}")] + Array(repeating: UInt8(ascii: " "), count: padding))
  for tensor in tensors {
    // The processors that this program is for keep the least byte first, as the file does.
    try tensor.block.withBytes(atByte: tensor.offset, count: tensor.elementCount * width) {
      bytes throws(SystemCallError) in
      try file.append(bytes)
    }
  }
  try file.commit()
}
