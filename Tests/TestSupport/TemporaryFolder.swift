import Glibc
import SystemCalls

/// A folder of a test's own, gone with it.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    let parent = environmentVariable("TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/bptrain-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw SystemCallError(call: "mkdtemp", errorNumber: errno, subject: parent)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(path) }

  /// The path of a file in it.
  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, making the folders that it is in, and gives its path.
  @discardableResult
  package func write(_ text: String, as name: String) throws -> String {
    let folders = name.split(separator: "/").dropLast()
    if !folders.isEmpty { try createFolder(atPath: file(folders.joined(separator: "/"))) }
    return try write(Array(text.utf8), as: name)
  }

  /// Writes a file of bytes, and gives its path.
  @discardableResult
  package func write(_ bytes: [UInt8], as name: String) throws -> String {
    try writeFileWhole(bytes, toPath: file(name))
    return file(name)
  }

  /// The text of a file in it.
  package func text(of name: String) throws -> String {
    String(decoding: try readFile(atPath: file(name)), as: UTF8.self)
  }

  /// Removes a file in it.
  package func remove(_ name: String) throws {
    guard unsafe unlink(file(name)) != 0 else { return }
    throw SystemCallError(call: "unlink", errorNumber: errno, subject: file(name))
  }

  /// The names of what is in it, hidden files included, sorted.
  package func names(in folder: String = "") -> [String] { Self.names(at: path + "/" + folder) }

  /// The names of what is in a folder, sorted; none of a folder that is not there.
  package static func names(at path: String) -> [String] {
    guard let directory = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
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
}
