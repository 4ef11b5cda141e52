import Glibc

/// The owner of an open file: closed when it goes.
///
/// What was written must be flushed by whoever needs to know that it arrived; closing tells nothing.
struct FileDescriptor: ~Copyable {
  let rawValue: Int32

  /// Opens a file, which no child process inherits.
  ///
  /// - Parameter mode: the permissions of a new file, of which the process's umask takes its share.
  /// - Throws: `SystemCallError` of `open`, about `subject`.
  init(opening path: String, _ flags: Int32, mode: mode_t = 0o666, subject: String) throws(SystemCallError) {
    var descriptor: Int32
    repeat {
      descriptor = unsafe open(path, flags | O_CLOEXEC, mode)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw SystemCallError(call: "open", errorNumber: errno, subject: subject) }
    rawValue = descriptor
  }

  deinit {
    close(rawValue)
  }

  /// Puts what was written on the disk.
  ///
  /// - Throws: `SystemCallError` of `fsync`, about `subject`.
  func synchronize(subject: String) throws(SystemCallError) {
    guard fsync(rawValue) == 0 else { throw SystemCallError(call: "fsync", errorNumber: errno, subject: subject) }
  }

  /// The file's kind and size.
  ///
  /// - Throws: `SystemCallError` of `fstat`, about `subject`.
  func status(subject: String) throws(SystemCallError) -> stat {
    var status = stat()
    guard unsafe fstat(rawValue, &status) == 0 else {
      throw SystemCallError(call: "fstat", errorNumber: errno, subject: subject)
    }
    return status
  }
}
