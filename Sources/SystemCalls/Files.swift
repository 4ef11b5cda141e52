import Glibc

/// Reads a whole file.
///
/// - Parameter largestByteCount: what the file may have; half of the machine's memory and a quarter of the limit on
///   addresses in any case.
/// - Throws: `SystemCallError` of `open`, `fstat`, `getrlimit` or `read`; a directory is `EISDIR`, a larger file or
///   endless device `EFBIG`.
package func readFile(atPath path: String, largestByteCount: Int = .max) throws(SystemCallError) -> [UInt8] {
  let descriptor = try FileDescriptor(opening: path, O_RDONLY, subject: path)
  return try readToEnd(
    descriptor, descriptor.status(subject: path), path: path, largestByteCount: largestByteCount)
}

/// Reads what is open from its front, as ``readFile(atPath:largestByteCount:)``.
///
/// - Parameter prefix: what it is to begin with; of what does not no more than the beginning is read.
func readToEnd(
  _ descriptor: borrowing FileDescriptor, _ status: stat, path: String, largestByteCount: Int = .max,
  startingWith prefix: [UInt8] = []
) throws(SystemCallError) -> [UInt8] {
  guard status.st_mode & S_IFMT != S_IFDIR else {
    throw SystemCallError(call: "read", errorNumber: EISDIR, subject: path)
  }
  let memory = sysconf(Int32(_SC_PHYS_PAGES)) * MemoryPages.byteCount
  let maximumCount = min(largestByteCount, memory / 2, (try MemoryLimits.addressSpaceLimit() ?? .max) / 4)
  guard status.st_size <= maximumCount else { throw SystemCallError(call: "read", errorNumber: EFBIG, subject: path) }
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
    if bytes.count >= prefix.count, !bytes.starts(with: prefix) { return bytes }
  }
}

/// Reads a regular file of limited size, such as a cache that anybody may have tampered with; nil where there is none.
/// Never waits, as a pipe in the file's place would have it.
///
/// - Throws: `SystemCallError` of `open`, `fstat` or `read`; `EINVAL` for what is no regular file, `EFBIG` for one that
///   is larger.
package func readSmallFile(
  atPath path: String, largestByteCount: Int
) throws(SystemCallError) -> [UInt8]? {
  guard let status = try fileStatus(atPath: path) else { return nil }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw SystemCallError(call: "read", errorNumber: EINVAL, subject: path)
  }
  let descriptor = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK, subject: path)
  // What stands there now need not be what stood there before.
  guard try descriptor.status(subject: path).st_mode & S_IFMT == S_IFREG else {
    throw SystemCallError(call: "read", errorNumber: EINVAL, subject: path)
  }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while bytes.count <= largestByteCount {
    let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor.rawValue, $0.baseAddress, $0.count) }
    if count == 0 { return bytes }
    if count > 0 {
      bytes.append(contentsOf: chunk[..<count])
    } else if errno != EINTR {
      throw SystemCallError(call: "read", errorNumber: errno, subject: path)
    }
  }
  throw SystemCallError(call: "read", errorNumber: EFBIG, subject: path)
}

/// Writes all bytes to an open descriptor, however many calls that takes.
///
/// - Throws: `SystemCallError` of `write`; a pipe without a reader is `EPIPE` where `ignoreSignalsOfFailedWrites` was called.
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
