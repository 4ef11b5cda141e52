import Glibc

/// Tells whether a file was written or replaced between two looks at it.
package struct FileVersion: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64
  private let byteCount: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// The version that stands at `path` now; nil where nothing is.
  ///
  /// - Throws: `SystemCallError` of `stat`.
  package init?(ofFileAtPath path: String) throws(SystemCallError) {
    guard let status = try fileStatus(atPath: path) else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    byteCount = Int(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
