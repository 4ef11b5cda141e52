import Glibc

/// The owner of an open file: closed when it goes.
///
/// What was written must be flushed by whoever needs to know that it arrived; closing tells nothing.
struct FileDescriptor: ~Copyable {
  let rawValue: Int32

  /// Opens a file, which no child process inherits.
  ///
  /// - Throws: `SystemCallError` of `open`, about `path`.
  init(opening path: String, _ flags: Int32, mode: mode_t = 0o666) throws(SystemCallError) {
    var descriptor: Int32
    repeat {
      descriptor = unsafe open(path, flags | O_CLOEXEC, mode)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw SystemCallError(call: "open", errorNumber: errno, subject: path) }
    rawValue = descriptor
  }

  deinit {
    close(rawValue)
  }

  /// Puts what was written on the disk.
  ///
  /// - Throws: `SystemCallError` of `fsync`, about `path`.
  func synchronize(path: String) throws(SystemCallError) {
    guard fsync(rawValue) == 0 else { throw SystemCallError(call: "fsync", errorNumber: errno, subject: path) }
  }

  /// The file's kind, size and times.
  func status(path: String) throws(SystemCallError) -> stat {
    var status = stat()
    guard unsafe fstat(rawValue, &status) == 0 else {
      throw SystemCallError(call: "fstat", errorNumber: errno, subject: path)
    }
    return status
  }
}
