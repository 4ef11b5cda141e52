import Glibc
import SystemCalls
import TestSupport
import Testing

@Suite("Files")
struct FileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try readFile(atPath: path), as: UTF8.self)
  }

  @Test("what was written is read", arguments: [0, 1, 262_144, 262_145, 1_000_003])
  func roundTrip(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try writeFileWhole(bytes, toPath: folder.file("bytes"))
    #expect(try readFile(atPath: folder.file("bytes")) == bytes)
    #expect(folder.names() == ["bytes"])
  }

  @Test("a file above the limit, or one without an end, is too large")
  func limitedReading() throws {
    try writeFileWhole([1, 2, 3], toPath: folder.file("three"))
    #expect(try readFile(atPath: folder.file("three"), largestByteCount: 3) == [1, 2, 3])
    for (path, limit) in [(folder.file("three"), 2), ("/dev/zero", 1 << 20)] {
      let error = #expect(throws: SystemCallError.self) { try readFile(atPath: path, largestByteCount: limit) }
      #expect(error?.errorNumber == EFBIG && error?.subject == path)
    }
  }

  @Test("one file has one identity, by whatever path")
  func identities() throws {
    try writeFileWhole([1], toPath: folder.file("a"))
    let linked = unsafe symlink(folder.file("a"), folder.file("link"))
    try #require(linked == 0)
    let a = try #require(try FileIdentity(ofPath: folder.file("a")))
    #expect(try FileIdentity(ofPath: "\(folder.path)/../\(folder.path.split(separator: "/").last ?? "")/a") == a)
    #expect(try FileIdentity(ofPath: folder.file("link")) == a)
    let missing = try #require(try FileIdentity(ofPath: folder.file("b")))
    #expect(missing != a)
    #expect(try FileIdentity(ofPath: "\(folder.path)/./b") == missing)
    #expect(try FileIdentity(ofPath: folder.file("c")) != missing)
    #expect(try FileIdentity(ofPath: "/dev/null") == nil && FileIdentity(ofPath: folder.path) == nil)
  }

  @Test("reading what cannot be read says what and why")
  func readErrors() throws {
    try writeFileWhole([1], toPath: folder.file("file"))
    let cases: [(path: String, number: Int32, sentence: String)] = [
      (folder.file("missing"), ENOENT, "No such file or directory"),
      (folder.path, EISDIR, "Is a directory"),
      (folder.file("file/inside"), ENOTDIR, "Not a directory"),
      (folder.file(String(repeating: "n", count: 300)), ENAMETOOLONG, "File name too long"),
    ]
    for (path, number, sentence) in cases {
      let error = #expect(throws: SystemCallError.self) { try readFile(atPath: path) }
      #expect(error?.errorNumber == number)
      #expect(error?.description == "\(path): \(sentence)")
    }
  }

  @Test("a file larger than memory is refused before anything is allocated")
  func hugeFile() throws {
    let path = folder.file("sparse")
    try writeFileWhole([], toPath: path)
    try #require(unsafe truncate(path, 1 << 43) == 0)
    let error = #expect(throws: SystemCallError.self) { try readFile(atPath: path) }
    #expect(error?.errorNumber == EFBIG)
  }

  @Test("a file of the kernel, which tells no size, is read whole")
  func kernelFile() throws {
    #expect(try text("/proc/self/status").contains("VmHWM"))
  }

  @Test("a whole file replaces the old one and keeps its permissions", arguments: [0o600, 0o664, 0o666] as [mode_t])
  func replaces(mode: mode_t) throws {
    let path = folder.file("file")
    try writeFileWhole(Array("old and longer".utf8), toPath: path)
    try #require(unsafe chmod(path, mode) == 0)
    try writeFileWhole(Array("new".utf8), toPath: path)
    #expect(try text(path) == "new")
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == mode)
  }

  @Test("a file that is not committed leaves the old one and no trace")
  func uncommitted() throws {
    let path = folder.file("file")
    try writeFileWhole(Array("old".utf8), toPath: path)
    do {
      var file = try WholeFile(path: path)
      try file.append(Array("new".utf8))
      #expect(folder.names().count == 2)
      #expect(try text(path) == "old")
    }
    #expect(folder.names() == ["file"])
    #expect(try text(path) == "old")
  }

  @Test("a process that ends removes what is not committed")
  func unfinished() async throws {
    let path = folder.file("file")
    await #expect(processExitsWith: .exitCode(3)) { [path = path as String] in
      try writeFileWhole(Array("whole".utf8), toPath: path)
      var file = try WholeFile(path: path)
      try file.append(Array("part".utf8))
      WholeFile.removeUnfinished { _exit(3) }
    }
    #expect(folder.names() == ["file"])
    #expect(try text(path) == "whole")
  }

  @Test("a file in pieces appears with its commit")
  func pieces() throws {
    var file = try WholeFile(path: folder.file("file"))
    for index in 0..<100 { try file.append(Array("\(index),".utf8)) }
    #expect(try !fileExists(atPath: folder.file("file")))
    try file.commit()
    #expect(try text(folder.file("file")) == (0..<100).map { "\($0)," }.joined())
    #expect(folder.names() == ["file"])
  }

  @Test("a symbolic link stays, its target is replaced")
  func symbolicLink() throws {
    try writeFileWhole([1], toPath: folder.file("target"))
    try #require(unsafe symlink(folder.file("target"), folder.file("link")) == 0)
    try writeFileWhole([2], toPath: folder.file("link"))
    #expect(try readFile(atPath: folder.file("target")) == [2])
    var status = stat()
    try #require(unsafe lstat(folder.file("link"), &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
  }

  @Test("a full disk is an error")
  func fullDisk() throws {
    // Opened and written to, and never given to what renames: run by root, a fault there would replace the device.
    let descriptor = unsafe open("/dev/full", O_WRONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let error = #expect(throws: SystemCallError.self) { try writeAll([1], to: descriptor, subject: "report.json") }
    #expect(error == SystemCallError(call: "write", errorNumber: ENOSPC, subject: "report.json"))
    #expect(error?.description == "report.json: No space left on device")
  }

  @Test("what is no regular file is written to, never replaced")
  func pipe() throws {
    let path = folder.file("pipe")
    try #require(unsafe mkfifo(path, 0o600) == 0)
    let reading = unsafe open(path, O_RDONLY | O_NONBLOCK)
    try #require(reading >= 0)
    defer { close(reading) }
    try writeFileWhole([1, 2, 3], toPath: path)
    var bytes = [UInt8](repeating: 0, count: 10)
    #expect(unsafe bytes.withUnsafeMutableBytes { unsafe read(reading, $0.baseAddress, $0.count) } == 3)
    #expect(bytes.prefix(3) == [1, 2, 3])
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFIFO)
    #expect(folder.names() == ["pipe"])
  }

  @Test("what cannot be written says what and why, and leaves nothing")
  func writeErrors() throws {
    try writeFileWhole([1], toPath: folder.file("file"))
    let cases: [(path: String, number: Int32)] = [
      (folder.path, EISDIR), (folder.file("missing/file"), ENOENT), (folder.file("file/inside"), ENOTDIR),
      (folder.file(String(repeating: "n", count: 300)), ENAMETOOLONG), ("", ENOENT),
    ]
    for (path, number) in cases {
      let error = #expect(throws: SystemCallError.self, "\(path)") { try writeFileWhole([1], toPath: path) }
      #expect(error?.errorNumber == number, "\(path): \(String(describing: error))")
      #expect(error?.subject == path)
    }
    #expect(folder.names() == ["file"])
  }

  @Test("many writers of one path leave one whole file")
  func concurrentWriters() async throws {
    let path = folder.file("file")
    try await withThrowingTaskGroup { group in
      for writer in 0..<8 {
        group.addTask { try writeFileWhole([UInt8](repeating: UInt8(writer), count: 100_000), toPath: path) }
      }
      try await group.waitForAll()
    }
    let bytes = try readFile(atPath: path)
    #expect(bytes.count == 100_000)
    #expect(Set(bytes).count == 1)
    #expect(folder.names() == ["file"])
  }

  @Test("an append file grows by whole records")
  func append() throws {
    let path = folder.file("history.jsonl")
    do {
      let file = try AppendFile(path: path)
      try file.append(Array("{}\n".utf8))
      try file.append(Array("{\"epoch\":1}\n".utf8))
      try file.synchronize()
    }
    #expect(try text(path) == "{}\n{\"epoch\":1}\n")
    try AppendFile(path: path).append(Array("{\"epoch\":2}\n".utf8))
    #expect(try text(path) == "{}\n{\"epoch\":1}\n{\"epoch\":2}\n")
    try AppendFile(path: path, emptied: true).append(Array("[]\n".utf8))
    #expect(try text(path) == "[]\n")
  }

  @Test("an append that fails is an error")
  func appendErrors() throws {
    let full = #expect(throws: SystemCallError.self) { try AppendFile(path: "/dev/full").append([1]) }
    #expect(full?.errorNumber == ENOSPC)
    let path = folder.path
    let directory = #expect(throws: SystemCallError.self) { _ = try AppendFile(path: path) }
    #expect(directory?.errorNumber == EISDIR)
  }

  @Test("a record that does not fit is cut off again")
  func appendPastLimit() async {
    await #expect(processExitsWith: .success) {
      // A process of its own, as the limit holds for all files of one. Reaching it raises SIGXFSZ.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100, rlim_max: 100)
      try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let folder = try TemporaryFolder()
      let file = try AppendFile(path: folder.file("history"))
      try file.append([UInt8](repeating: 1, count: 60))
      let error = #expect(throws: SystemCallError.self) { try file.append([UInt8](repeating: 2, count: 60)) }
      #expect(error?.errorNumber == EFBIG)
      #expect(try readFile(atPath: folder.file("history")) == [UInt8](repeating: 1, count: 60))
      let whole = #expect(throws: SystemCallError.self) {
        try writeFileWhole([UInt8](repeating: 3, count: 101), toPath: folder.file("history"))
      }
      #expect(whole?.errorNumber == EFBIG)
      #expect(try readFile(atPath: folder.file("history")) == [UInt8](repeating: 1, count: 60))
      #expect(folder.names() == ["history"])
    }
  }
}
