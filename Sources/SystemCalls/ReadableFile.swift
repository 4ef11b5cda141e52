import Glibc

/// An open regular file that is read in pieces, from wherever they stand.
///
/// ```swift
/// let file = try ReadableFile(path: "features.npy")
/// let header = try file.read(atByte: 0, count: 128)
/// try file.read(atByte: 128, count: 4096, to: block.address)
/// ```
package final class ReadableFile: Sendable {
  package let path: String
  /// Bytes of the file when it was opened.
  package let byteCount: Int
  private let descriptor: FileDescriptor

  /// Opens a file.
  ///
  /// - Throws: `SystemCallError` of `open` or `fstat`, about `path`; a folder is `EISDIR`, what is neither that nor a
  ///   regular file, such as a pipe, `ESPIPE`.
  package init(path: String) throws(SystemCallError) {
    let descriptor = try FileDescriptor(opening: path, O_RDONLY, subject: path)
    let status = try descriptor.status(subject: path)
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw SystemCallError(call: "read", errorNumber: EISDIR, subject: path)
    default: throw SystemCallError(call: "pread", errorNumber: ESPIPE, subject: path)
    }
    self.path = path
    byteCount = Int(status.st_size)
    self.descriptor = descriptor
  }

  fileprivate init(path: String, byteCount: Int, descriptor: consuming FileDescriptor) {
    self.path = path
    self.byteCount = byteCount
    self.descriptor = descriptor
  }

  /// Reads `count` bytes from `offset` on.
  ///
  /// - Throws: `SystemCallError` of `pread`; `ENODATA` where the file ends before.
  package func read(atByte offset: Int, count: Int) throws(SystemCallError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: SystemCallError?
    unsafe bytes.withUnsafeMutableBytes { buffer in
      failure = unsafe fill(buffer, fromByte: offset)
    }
    if let failure { throw failure }
    return bytes
  }

  /// Reads `count` bytes from `offset` on to an address, behind which there is that much room.
  ///
  /// - Throws: as `read(atByte:count:)`; what stands at the address is then undefined.
  package func read(atByte offset: Int, count: Int, to address: MemoryAddress) throws(SystemCallError) {
    let start = unsafe UnsafeMutableRawPointer(bitPattern: address.bitPattern)
    if let failure = unsafe fill(UnsafeMutableRawBufferPointer(start: start, count: count), fromByte: offset) {
      throw failure
    }
  }

  /// Reads `count` bytes from `offset` on to the front of an array that has room for them. Allocates nothing.
  ///
  /// - Throws: as `read(atByte:count:)`; the array's first bytes are then undefined.
  package func read(atByte offset: Int, into bytes: inout [UInt8], count: Int) throws(SystemCallError) {
    precondition(count <= bytes.count, "the array has room for the bytes")
    var failure: SystemCallError?
    unsafe bytes.withUnsafeMutableBytes { buffer in
      failure = unsafe fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), fromByte: offset)
    }
    if let failure { throw failure }
  }

  private func fill(_ buffer: UnsafeMutableRawBufferPointer, fromByte offset: Int) -> SystemCallError? {
    var done = 0
    while done < buffer.count {
      let count = unsafe pread(descriptor.rawValue, buffer.baseAddress! + done, buffer.count - done, offset + done)
      if count < 0 {
        if errno == EINTR { continue }
        return SystemCallError(call: "pread", errorNumber: errno, subject: path)
      }
      // Somebody has cut the file off since it was opened.
      guard count > 0 else { return SystemCallError(call: "pread", errorNumber: ENODATA, subject: path) }
      done += count
    }
    return nil
  }
}

/// A file of whatever kind, opened once: a second reader of a pipe would wait for ever.
package enum InputFile: Sendable {
  case regular(ReadableFile)
  /// All of what has no places to read from, such as a pipe.
  case bytes([UInt8])

  /// Opens a file, and reads what is no regular one to its end.
  ///
  /// - Parameter prefix: what it is to begin with; of what does not, such as an endless device, no more than the
  ///   beginning is read.
  /// - Throws: `SystemCallError` of `open`, `fstat`, `getrlimit` or `read`, about `path`; a folder is `EISDIR`, more than
  ///   half of the machine's memory in a pipe or an endless device `EFBIG`.
  package init(path: String, startingWith prefix: [UInt8] = []) throws(SystemCallError) {
    let descriptor = try FileDescriptor(opening: path, O_RDONLY, subject: path)
    let status = try descriptor.status(subject: path)
    if status.st_mode & S_IFMT == S_IFREG {
      self = .regular(ReadableFile(path: path, byteCount: Int(status.st_size), descriptor: descriptor))
    } else {
      self = .bytes(try readToEnd(descriptor, status, path: path, startingWith: prefix))
    }
  }
}
