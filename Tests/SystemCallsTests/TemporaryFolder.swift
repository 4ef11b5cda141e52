import Glibc
import SystemCalls

/// A folder of a test's own, removed with all in it when it goes.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let parent = environmentVariable("TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/bptrain-tests-XXXXXX".utf8CString)
    guard unsafe template.withUnsafeMutableBufferPointer({ unsafe mkdtemp($0.baseAddress!) }) != nil else {
      throw SystemCallError(call: "mkdtemp", errorNumber: errno, subject: parent)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    Self.removeAll(atPath: path)
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of what is in the folder, in order.
  func names() -> [String] { Self.names(inFolder: path) }

  static func names(inFolder path: String) -> [String] {
    guard let stream = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func removeAll(atPath path: String) {
    if unsafe unlink(path) == 0 { return }
    for name in names(inFolder: path) { removeAll(atPath: "\(path)/\(name)") }
    unsafe rmdir(path)
  }
}

/// Limits the address space of this process.
func setAddressSpaceLimit(_ byteCount: Int) throws {
  var limit = rlimit(rlim_cur: rlim_t(byteCount), rlim_max: rlim_t(byteCount))
  guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
    throw SystemCallError(call: "setrlimit", errorNumber: errno)
  }
}
