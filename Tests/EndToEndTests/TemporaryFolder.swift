import Glibc
import SystemCalls

/// A folder of a test's own, gone with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/bptrain-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errorNumber: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Writes a file into the folder, making the folders it is in, and gives its path.
  @discardableResult
  func write(_ text: String, as name: String) throws -> String {
    let folders = name.split(separator: "/").dropLast()
    if !folders.isEmpty { try createFolder(atPath: "\(path)/\(folders.joined(separator: "/"))") }
    try writeFileWhole(Array(text.utf8), toPath: "\(path)/\(name)")
    return "\(path)/\(name)"
  }

  /// Writes a file of bytes into the folder.
  func write(_ bytes: [UInt8], as name: String) throws {
    try writeFileWhole(bytes, toPath: "\(path)/\(name)")
  }

  /// The text of a file in it.
  func text(of name: String) throws -> String {
    String(decoding: try readFile(atPath: "\(path)/\(name)"), as: UTF8.self)
  }

  /// The names of what is in it, hidden files included, sorted.
  func names(in folder: String = "") -> [String] { Self.names(at: path + "/" + folder) }

  /// The names of what is in a folder, sorted; none of a folder that is not there.
  static func names(at path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a folder and what is in it; symbolic links are removed, not followed.
  private static func remove(_ path: String) {
    for name in names(at: path) where unsafe unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
    unsafe rmdir(path)
  }

  deinit { Self.remove(path) }
}
