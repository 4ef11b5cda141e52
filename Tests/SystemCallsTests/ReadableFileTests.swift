import Glibc
import SystemCalls
import TestSupport
import Testing

@Suite("Readable file")
struct ReadableFileTests {
  @Test("reads any piece, and no further than the end")
  func pieces() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/f"
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try writeFileWhole(bytes, toPath: path)
    let file = try ReadableFile(path: path)
    #expect(file.byteCount == bytes.count)
    for (start, count) in [(0, 0), (0, 10_000), (17, 1), (4095, 3000), (9999, 1), (10_000, 0)] {
      #expect(try file.read(atByte: start, count: count) == Array(bytes[start..<start + count]))
    }
    let error = #expect(throws: SystemCallError.self) { try file.read(atByte: 9_990, count: 11) }
    #expect(error == SystemCallError(call: "pread", errorNumber: ENODATA, subject: path))
  }

  /// Its writer has one reader: a second one would wait for ever.
  @Test("a pipe is opened once and read to its end")
  func pipe() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/p"
    let made = unsafe mkfifo(path, 0o600)
    #expect(made == 0)
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let source = try folder.write(bytes, as: "f")
    var writer = try ChildProcess(
      executable: "/bin/sh", arguments: ["-c", "cat \"$0\" > \"$1\"", source, path], outputPath: "/dev/null",
      errorPath: "/dev/null")
    guard case .bytes(let read) = try InputFile(path: path) else {
      Issue.record("a pipe is no regular file")
      return
    }
    #expect(read == bytes)
    var end: ChildEnd?
    while end == nil { end = try writer.end() }
    #expect(end?.exitCode == 0)
    guard case .regular(let file) = try InputFile(path: source) else {
      Issue.record("a regular file is one")
      return
    }
    #expect(file.byteCount == bytes.count)
  }

  @Test("a folder, a pipe and what is missing are told apart")
  func kinds() throws {
    let folder = try TemporaryFolder()
    func error(_ path: String) -> SystemCallError? {
      #expect(throws: SystemCallError.self) { _ = try ReadableFile(path: path) }
    }
    #expect(error(folder.path)?.errorNumber == EISDIR)
    #expect(error(folder.path + "/x")?.errorNumber == ENOENT)
    #expect(error("/dev/null")?.errorNumber == ESPIPE)
  }
}
