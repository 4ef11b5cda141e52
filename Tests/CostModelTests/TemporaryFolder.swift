import FoundationEssentials
import SystemCalls

/// A folder of a test's own, removed with all that is in it when the test ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path() + "/bptrain-\(UInt64.random(in: .min ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  static func / (folder: TemporaryFolder, name: String) -> String {
    "\(folder.path)/\(name)"
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try writeFileWhole(bytes, toPath: self / name)
  }
}
