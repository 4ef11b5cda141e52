import Glibc

/// Reads a whole file.
///
/// - Throws: `SystemCallError` of `open`, `fstat` or `read`; a directory is `EISDIR`, a file larger than the machine's
///   memory `EFBIG`.
package func readFile(atPath path: String) throws(SystemCallError) -> [UInt8] {
  let descriptor = try FileDescriptor(opening: path, O_RDONLY, subject: path)
  let status = try descriptor.status(subject: path)
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw SystemCallError(call: "read", errorNumber: EISDIR, subject: path)
  }
  let maximumCount = sysconf(Int32(_SC_PHYS_PAGES)) * MemoryPages.byteCount
  guard status.st_size < maximumCount else { throw SystemCallError(call: "read", errorNumber: EFBIG, subject: path) }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(Int(status.st_size) + 1)
  var chunk = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor.rawValue, $0.baseAddress, $0.count) }
    if count < 0 {
      if errno == EINTR { continue }
      throw SystemCallError(call: "read", errorNumber: errno, subject: path)
    }
    if count == 0 { return bytes }
    // Devices and pipes tell no size beforehand.
    guard bytes.count <= maximumCount - count else {
      throw SystemCallError(call: "read", errorNumber: EFBIG, subject: path)
    }
    bytes.append(contentsOf: chunk[..<count])
  }
}

/// Writes all bytes to an open descriptor, however many calls that takes.
///
/// - Throws: `SystemCallError` of `write`; a pipe without a reader is `EPIPE` where `ignoreBrokenPipes` was called.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32, subject: String? = nil) throws(SystemCallError) {
  var failure: SystemCallError?
  unsafe bytes.withUnsafeBytes { buffer in
    failure = unsafe firstFailure(writing: buffer, to: descriptor, subject: subject)
  }
  if let failure { throw failure }
}

/// Writes all bytes; nil, or the error of the call that failed.
func firstFailure(
  writing buffer: UnsafeRawBufferPointer, to descriptor: Int32, subject: String?
) -> SystemCallError? {
  var written = 0
  while written < buffer.count {
    let count = unsafe write(descriptor, buffer.baseAddress! + written, buffer.count - written)
    if count < 0 {
      if errno == EINTR { continue }
      return SystemCallError(call: "write", errorNumber: errno, subject: subject)
    }
    written += count
  }
  return nil
}
