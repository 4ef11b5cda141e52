import Glibc
import SystemCalls
import TestSupport
import Testing

@Suite("Folders")
struct FolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("are made with those above them, and again without complaint", arguments: ["a", "b/c/d", "e//f/", "g/./h"])
  func create(name: String) throws {
    let path = folder.file(name)
    #expect(try !folderExists(atPath: path))
    try createFolder(atPath: path)
    #expect(try folderExists(atPath: path))
    try createFolder(atPath: path)
    #expect(try folderExists(atPath: path))
  }

  @Test("the root and the current folder stand already")
  func standing() throws {
    try createFolder(atPath: "/")
    try createFolder(atPath: ".")
    try createFolder(atPath: try currentFolder())
    #expect(try folderExists(atPath: try currentFolder()))
    #expect(try currentFolder().hasPrefix("/"))
  }

  @Test("that cannot be made say what stands in the way")
  func createErrors() throws {
    try writeFileWhole([], toPath: folder.file("file"))
    let cases: [(path: String, number: Int32, subject: String)] = [
      (folder.file("file"), ENOTDIR, folder.file("file")),
      (folder.file("file/a/b"), ENOTDIR, folder.file("file")),
      ("", ENOENT, ""),
      ("/proc/none/a", ENOENT, "/proc/none/a"),
    ]
    for (path, number, subject) in cases {
      let error = #expect(throws: SystemCallError.self) { try createFolder(atPath: path) }
      #expect(error == SystemCallError(call: "mkdir", errorNumber: number, subject: subject))
    }
  }

  @Test("existence tells files, folders and nothing apart")
  func existence() throws {
    try writeFileWhole([], toPath: folder.file("file"))
    try #require(unsafe symlink("loop", folder.file("loop")) == 0)
    #expect(try fileExists(atPath: folder.file("file")))
    #expect(try !folderExists(atPath: folder.file("file")))
    #expect(try fileExists(atPath: folder.path))
    #expect(try !fileExists(atPath: folder.file("missing")))
    #expect(try !fileExists(atPath: folder.file("file/inside")))
    let error = #expect(throws: SystemCallError.self) { try fileExists(atPath: folder.file("loop")) }
    #expect(error?.errorNumber == ELOOP)
  }

  @Test("a lock holds until its owner goes, and says who holds it")
  func lock() throws {
    let path = folder.path
    do {
      let lock = try FolderLock(folder: path)
      let error = #expect(throws: FolderLockError.self) { _ = try FolderLock(folder: path) }
      #expect(error == .held(folder: path, processIdentifier: getpid()))
      #expect(
        error?.description
          == "\(path): another process (\(getpid())) is using this folder; wait until it ends, or choose another folder"
      )
      #expect(folder.names() == [".lock"])
      withExtendedLifetime(lock) {}
    }
    // A process that another test is just starting has its maker's open files for a moment, the lock among them.
    for _ in 0..<1000 where isLocked(path) { sleep(seconds: 0.001) }
    _ = try FolderLock(folder: path)
  }

  private func isLocked(_ path: String) -> Bool {
    do throws(FolderLockError) {
      let lock = try FolderLock(folder: path)
      withExtendedLifetime(lock) {}
      return false
    } catch {
      return true
    }
  }

  @Test("a folder that is missing cannot be locked")
  func lockMissing() throws {
    let missing = folder.file("missing")
    let error = #expect(throws: FolderLockError.self) { _ = try FolderLock(folder: missing) }
    #expect(error == .system(SystemCallError(call: "open", errorNumber: ENOENT, subject: missing)))
  }
}
