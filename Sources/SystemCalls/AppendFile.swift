import Glibc

/// A file that grows by whole records, such as events of a log: after every `append` it holds all of them or,
/// when one failed, all before it.
package struct AppendFile: ~Copyable {
  private let path: String
  private let descriptor: FileDescriptor

  /// Opens a file, which is made where there is none.
  ///
  /// - Parameter emptied: whether what it holds goes first.
  /// - Throws: `SystemCallError` of `open`, about `path`; a folder is `EISDIR`.
  package init(path: String, emptied: Bool = false) throws(SystemCallError) {
    self.path = path
    descriptor = try FileDescriptor(
      opening: path, O_WRONLY | O_CREAT | O_APPEND | (emptied ? O_TRUNC : 0), subject: path)
  }

  /// Writes bytes after the file's last.
  ///
  /// - Throws: `SystemCallError` of `write`, about the path; part of a record that was written before is cut off again.
  package func append(_ bytes: [UInt8]) throws(SystemCallError) {
    let status = try descriptor.status(subject: path)
    do {
      try writeAll(bytes, to: descriptor.rawValue, subject: path)
    } catch {
      if status.st_mode & S_IFMT == S_IFREG, ftruncate(descriptor.rawValue, status.st_size) != 0 {
        throw SystemCallError(call: "ftruncate", errorNumber: errno, subject: path)
      }
      throw error
    }
  }

  /// Puts what was appended on the disk.
  ///
  /// - Throws: `SystemCallError` of `fsync`, about the path.
  package func synchronize() throws(SystemCallError) {
    try descriptor.synchronize(subject: path)
  }
}
