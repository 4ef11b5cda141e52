import Glibc

/// Reads a whole regular file.
///
/// - Throws: `SystemCallError` of `open`, `fstat` or `read`; a directory is `EISDIR`.
package func readFile(atPath path: String) throws(SystemCallError) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw SystemCallError(call: "open", errorNumber: errno, subject: path) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else {
    throw SystemCallError(call: "fstat", errorNumber: errno, subject: path)
  }
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw SystemCallError(call: "read", errorNumber: EISDIR, subject: path)
  }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(Int(status.st_size) + 1)
  var chunk = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      if errno == EINTR { continue }
      throw SystemCallError(call: "read", errorNumber: errno, subject: path)
    }
    if count == 0 { return bytes }
    bytes.append(contentsOf: chunk[..<count])
  }
}

/// Writes a file so that it appears whole or not at all: into a temporary file beside it, flushed to the disk, then
/// renamed over `path`. A file that stood there before is untouched unless the whole of the new one is in place.
///
/// - Throws: `SystemCallError` of the call that failed; the temporary file is removed.
package func writeFileWhole(_ bytes: [UInt8], toPath path: String) throws(SystemCallError) {
  let temporary = "\(path).\(getpid()).partial"
  let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw SystemCallError(call: "open", errorNumber: errno, subject: path) }
  do throws(SystemCallError) {
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor, subject: path)
    guard fsync(descriptor) == 0 else { throw SystemCallError(call: "fsync", errorNumber: errno, subject: path) }
  } catch {
    unsafe unlink(temporary)
    throw error
  }
  guard unsafe rename(temporary, path) == 0 else {
    let failure = SystemCallError(call: "rename", errorNumber: errno, subject: path)
    unsafe unlink(temporary)
    throw failure
  }
}

/// Writes all bytes to an open descriptor, however many calls that takes.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32, subject: String? = nil) throws(SystemCallError) {
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes {
      unsafe write(descriptor, $0.baseAddress! + written, $0.count - written)
    }
    if count < 0 {
      if errno == EINTR { continue }
      throw SystemCallError(call: "write", errorNumber: errno, subject: subject)
    }
    written += count
  }
}
