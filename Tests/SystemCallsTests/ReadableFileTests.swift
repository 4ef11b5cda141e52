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
