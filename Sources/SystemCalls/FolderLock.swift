import Glibc

/// Why a folder could not be taken.
package enum FolderLockError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another process holds it; its id, where it left one.
  case held(folder: String, processIdentifier: Int32?)
  /// A call into the system that failed.
  case system(SystemCallError)

  package var description: String {
    switch self {
    case .held(let folder, let processIdentifier):
      "\(folder): another process\(processIdentifier.map { " (\($0))" } ?? "") is using this folder; wait until it ends, "
        + "or choose another folder"
    case .system(let error):
      error.description
    }
  }
}

/// A folder that this process uses alone, among those that ask: an advisory lock on the file `.lock` in it, which holds
/// the process's id. The lock goes with its owner and with the process, however that ends; the file stays.
package struct FolderLock: ~Copyable {
  private let descriptor: FileDescriptor

  /// Takes the folder.
  ///
  /// - Throws: `held` at once when another owner has it, be it in this process; `system`.
  package init(folder: String) throws(FolderLockError) {
    descriptor = try Self.lockedFile(path: folder + "/.lock", folder: folder)
  }

  private static func lockedFile(path: String, folder: String) throws(FolderLockError) -> FileDescriptor {
    do throws(SystemCallError) {
      let descriptor = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_NOFOLLOW, subject: folder)
      while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
        if errno != EINTR { throw SystemCallError(call: "flock", errorNumber: errno, subject: folder) }
      }
      guard ftruncate(descriptor.rawValue, 0) == 0 else {
        throw SystemCallError(call: "ftruncate", errorNumber: errno, subject: folder)
      }
      try writeAll(Array("\(getpid())\n".utf8), to: descriptor.rawValue, subject: folder)
      return descriptor
    } catch {
      guard error.call == "flock", error.errorNumber == EWOULDBLOCK else { throw .system(error) }
      let holder = systemText(atPath: path).flatMap { integer(in: $0) }
      throw .held(folder: folder, processIdentifier: holder.flatMap { Int32(exactly: $0) })
    }
  }
}
