import Glibc
import Synchronization

/// A file that appears whole or not at all: written beside its place, then put there in one step.
///
/// ```swift
/// var file = try WholeFile(path: "model.safetensors")
/// try file.append(header)
/// try file.append(tensor)
/// try file.commit()      // without it everything written goes
/// ```
///
/// What stood at the path is untouched until `commit`, which returns when the new file is on the disk, with
/// the permissions of the old one. A symbolic link stays and its target is replaced; what is no regular file, such as
/// `/dev/stdout` or a pipe, is written to directly.
package struct WholeFile: ~Copyable {
  private let path: String
  private let descriptor: FileDescriptor
  private let place: Place?
  private var isCommitted = false
  /// Bytes that follow those in the file: small pieces are written together.
  private var pending: [UInt8] = []

  private static let pendingLimit = 64 << 10

  /// Where the file is written and where it goes: both in one folder.
  private struct Place {
    let folder: String
    let temporaryPath: String
    let finalPath: String
  }

  private static let createdCount = Atomic<Int>(0)
  /// Temporary paths of the process's files; locked while one begins or ends, so that a process that ends knows all.
  private static let unfinished = Mutex<Set<String>>([])

  /// Removes what has been written of files that are not in their place, and ends the process.
  ///
  /// - Parameter end: ends the process. No other thread begins a file or puts one in its place meanwhile.
  package static func removeUnfinished(andEnd end: () -> Never) -> Never {
    unfinished.withLock { unfinished in
      for path in unfinished { unsafe unlink(path) }
      end()
    }
  }

  /// Begins a file.
  ///
  /// - Throws: `SystemCallError` of the call that failed, about `path`; a folder is `EISDIR`.
  package init(path: String) throws(SystemCallError) {
    let status = try fileStatus(atPath: path)
    if let status, status.st_mode & S_IFMT != S_IFREG {
      self.init(path: path, descriptor: try FileDescriptor(opening: path, O_WRONLY, subject: path), place: nil)
      return
    }
    let finalPath = if status == nil { try endOfLinks(path) } else { try resolvedPath(path) }
    let folder = parentFolder(ofPath: finalPath)
    let number = Self.createdCount.add(1, ordering: .relaxed).newValue
    let temporaryPath = "\(folder)/.\(getpid())-\(number).partial"
    let descriptor = try Self.unfinished.withLock { unfinished throws(SystemCallError) in
      let descriptor = try FileDescriptor(
        opening: temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: (status?.st_mode ?? 0o666) & 0o777,
        subject: path)
      // The mask of this process is none of an earlier file's.
      if let status, fchmod(descriptor.rawValue, status.st_mode & 0o777) != 0 {
        let error = SystemCallError(call: "fchmod", errorNumber: errno, subject: path)
        unsafe unlink(temporaryPath)
        throw error
      }
      unfinished.insert(temporaryPath)
      return descriptor
    }
    self.init(
      path: path, descriptor: descriptor,
      place: Place(folder: folder, temporaryPath: temporaryPath, finalPath: finalPath))
  }

  private init(path: String, descriptor: consuming FileDescriptor, place: Place?) {
    self.path = path
    self.descriptor = descriptor
    self.place = place
  }

  deinit {
    // A temporary file that cannot be removed is found by its name; the error that led here is the one to tell.
    guard let place, !isCommitted else { return }
    _ = Self.unfinished.withLock { unfinished in
      unsafe unlink(place.temporaryPath)
      return unfinished.remove(place.temporaryPath)
    }
  }

  /// Writes bytes after those written before.
  ///
  /// - Throws: `SystemCallError` of `write`, about the path; `ENOSPC` when the disk is full.
  package mutating func append(_ bytes: [UInt8]) throws(SystemCallError) { try unsafe append(bytes.span.bytes) }

  /// Writes the bytes of a span after those written before.
  ///
  /// - Throws: as for an array.
  package mutating func append(_ bytes: borrowing RawSpan) throws(SystemCallError) {
    if pending.count + bytes.byteCount > Self.pendingLimit { try flush() }
    var failure: SystemCallError?
    unsafe bytes.withUnsafeBytes { buffer in
      if buffer.count > Self.pendingLimit {
        failure = unsafe firstFailure(writing: buffer, to: descriptor.rawValue, subject: path)
      } else {
        unsafe pending.append(contentsOf: buffer)
      }
    }
    if let failure { throw failure }
  }

  private mutating func flush() throws(SystemCallError) {
    try writeAll(pending, to: descriptor.rawValue, subject: path)
    pending.removeAll(keepingCapacity: true)
  }

  /// Puts the file in its place.
  ///
  /// - Parameter isDurable: whether to wait until it is on the disk. A file that can be made again needs no such wait;
  ///   after a power failure it may then be empty.
  /// - Throws: `SystemCallError` of `fsync` or `rename`, about the path.
  package consuming func commit(isDurable: Bool = true) throws(SystemCallError) {
    try flush()
    guard let place else { return }
    if isDurable { try descriptor.synchronize(subject: path) }
    let folder = try FileDescriptor(opening: place.folder, O_RDONLY | O_DIRECTORY, subject: path)
    try Self.unfinished.withLock { unfinished throws(SystemCallError) in
      guard unsafe rename(place.temporaryPath, place.finalPath) == 0 else {
        throw SystemCallError(call: "rename", errorNumber: errno, subject: path)
      }
      unfinished.remove(place.temporaryPath)
    }
    isCommitted = true
    guard isDurable else { return }
    do throws(SystemCallError) {
      // The name must be on the disk too.
      try folder.synchronize(subject: path)
    } catch {
      // EINVAL is a file system that keeps names in another way.
      guard error.errorNumber == EINVAL else { throw error }
    }
  }
}

/// The path of a file that exists, without symbolic links.
private func resolvedPath(_ path: String) throws(SystemCallError) -> String {
  guard let resolved = unsafe realpath(path, nil) else {
    throw SystemCallError(call: "realpath", errorNumber: errno, subject: path)
  }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}

/// Where a file would be made at a path under which there is none: at the end of links that lead nowhere yet.
private func endOfLinks(_ path: String) throws(SystemCallError) -> String {
  var path = path
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  for _ in 0..<largestLinkCount {
    let count = unsafe readlink(path, &buffer, buffer.count)
    // Nothing is there, or something that is no link.
    guard count >= 0 else { return path }
    let target = String(decoding: buffer[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    path = target.hasPrefix("/") ? target : "\(parentFolder(ofPath: path))/\(target)"
  }
  throw SystemCallError(call: "readlink", errorNumber: ELOOP, subject: path)
}

/// As many as the system follows.
private let largestLinkCount = 40

/// Writes a file so that it appears whole or not at all, as `WholeFile` does. A file that stood there before is
/// untouched unless the whole of the new one is in place.
///
/// - Parameter isDurable: as for `WholeFile.commit`.
/// - Throws: `SystemCallError` of the call that failed; the temporary file is removed.
package func writeFileWhole(
  _ bytes: [UInt8], toPath path: String, isDurable: Bool = true
) throws(SystemCallError) {
  var file = try WholeFile(path: path)
  try file.append(bytes)
  try file.commit(isDurable: isDurable)
}

/// Tells whether a file can be made, or the one that stands there replaced, without doing it. Of a device or a pipe
/// nothing is asked, as opening one is seen at its other end.
///
/// - Throws: `SystemCallError` of the call that would fail; a folder is `EISDIR`.
package func checkFileCanBeWritten(atPath path: String) throws(SystemCallError) {
  if let status = try fileStatus(atPath: path), ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) { return }
  _ = try WholeFile(path: path)
}
