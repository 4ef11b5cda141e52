package import SystemCalls

/// A 64-bit digest (`xxHash64`) of a regular file's bytes, read piece by piece.
///
/// - Throws: as `ReadableFile`; `ENODATA` where the file is cut off meanwhile.
package func fileChecksum(atPath path: String) throws(SystemCallError) -> UInt64 {
  let file = try ReadableFile(path: path)
  var checksum = Checksum()
  var piece = [UInt8](repeating: 0, count: 1 << 20)
  var position = 0
  while file.byteCount - position > piece.count {
    try file.read(atByte: position, into: &piece, count: piece.count)
    unsafe piece.withUnsafeBytes { _ = unsafe checksum.add($0) }
    position += piece.count
  }
  let rest = try file.read(atByte: position, count: file.byteCount - position)
  return unsafe rest.withUnsafeBytes { unsafe checksum.digest(endingWith: $0) }
}
