import Glibc

/// Whether there is anything at `path`, a symbolic link to nothing aside.
///
/// - Throws: `SystemCallError` of `stat` where that cannot be told, for example `EACCES` or `ELOOP`.
package func fileExists(atPath path: String) throws(SystemCallError) -> Bool {
  try fileStatus(atPath: path) != nil
}

/// Whether there is a folder at `path`.
///
/// - Throws: as `fileExists`.
package func folderExists(atPath path: String) throws(SystemCallError) -> Bool {
  guard let status = try fileStatus(atPath: path) else { return false }
  return status.st_mode & S_IFMT == S_IFDIR
}

/// Makes a folder and those above it that are missing; one that stands there already is no error.
///
/// - Throws: `SystemCallError` of `mkdir` about the folder that could not be made; `ENOTDIR` where something else
///   stands in the way.
package func createFolder(atPath path: String) throws(SystemCallError) {
  let components = path.split(separator: "/")
  guard !components.isEmpty else {
    guard path.hasPrefix("/") else { throw SystemCallError(call: "mkdir", errorNumber: ENOENT, subject: path) }
    return
  }
  var folder = path.hasPrefix("/") ? "" : "."
  for component in components {
    folder += "/" + component
    if unsafe mkdir(folder, 0o777) == 0 { continue }
    let failure = SystemCallError(call: "mkdir", errorNumber: errno, subject: path)
    // A parent on a read-only system fails with EROFS or EACCES though it exists.
    guard try fileStatus(atPath: folder) != nil else { throw failure }
    guard try folderExists(atPath: folder) else {
      throw SystemCallError(call: "mkdir", errorNumber: ENOTDIR, subject: folder)
    }
  }
}

/// The folder that relative paths start from.
///
/// - Throws: `SystemCallError` of `getcwd`; `ENOENT` where it was removed.
package func currentFolder() throws(SystemCallError) -> String {
  guard let path = unsafe getcwd(nil, 0) else { throw SystemCallError(call: "getcwd", errorNumber: errno) }
  defer { unsafe free(path) }
  return unsafe String(cString: path)
}

/// The folder that the file at `path` is in, as a path.
func parentFolder(ofPath path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The status of what is at `path`, links followed; nil where nothing is.
func fileStatus(atPath path: String) throws(SystemCallError) -> stat? {
  var status = stat()
  if unsafe stat(path, &status) == 0 { return status }
  guard errno == ENOENT || errno == ENOTDIR else {
    throw SystemCallError(call: "stat", errorNumber: errno, subject: path)
  }
  return nil
}

/// What tells one file from another, by whatever path it is named; of a file that is not there yet its folder and name.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let node: UInt64
  private let missingName: String?

  /// Nil for what is neither a regular file nor a place for one, such as a device.
  ///
  /// - Throws: `SystemCallError` of `stat`.
  package init?(ofPath path: String) throws(SystemCallError) {
    if let status = try fileStatus(atPath: path) {
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
      (device, node, missingName) = (UInt64(status.st_dev), UInt64(status.st_ino), nil)
      return
    }
    guard let status = try fileStatus(atPath: parentFolder(ofPath: path)) else { return nil }
    let name = path.split(separator: "/").last.map(String.init)
    (device, node, missingName) = (UInt64(status.st_dev), UInt64(status.st_ino), name)
  }
}
