import Glibc
import SystemCalls
import Testing

@Suite("Terminal and streams")
struct TerminalTests {
  @Test("a pseudo-terminal is one and has a width; a file has none")
  func terminal() async {
    // COLUMNS holds for a whole process.
    await #expect(processExitsWith: .success) {
      let controller = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
      try #require(controller >= 0)
      var size = winsize(ws_row: 20, ws_col: 77, ws_xpixel: 0, ws_ypixel: 0)
      try #require(unsafe ioctl(controller, UInt(TIOCSWINSZ), &size) == 0)
      let file = unsafe open("/dev/null", O_WRONLY)
      #expect(isTerminal(controller))
      #expect(!isTerminal(file))
      #expect(!isTerminal(-1))

      unsafe unsetenv("COLUMNS")
      #expect(environmentVariable("COLUMNS") == nil)
      #expect(terminalWidth(controller) == 77)
      #expect(terminalWidth(file) == nil)
      for (value, width) in [("100", 100), ("0", 77), ("-5", 77), ("wide", 77), ("", 77)] {
        unsafe setenv("COLUMNS", value, 1)
        #expect(environmentVariable("COLUMNS") == value)
        #expect(terminalWidth(controller) == width)
      }
    }
  }

  @Test("a pipe without a reader is an error value")
  func brokenPipe() async {
    await #expect(processExitsWith: .success) {
      try ignoreSignalsOfFailedWrites()
      var ends: [Int32] = [0, 0]
      try #require(unsafe pipe(&ends) == 0)
      try writeAll([1], to: ends[1])
      close(ends[0])
      let error = #expect(throws: SystemCallError.self) { try writeAll([1], to: ends[1], subject: "standard output") }
      #expect(error?.description == "standard output: Broken pipe")
      #expect(error?.errorNumber == EPIPE)
    }
  }

  @Test("text goes to the stream that is meant")
  func streams() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      try writeToStandardOutput("the result\n")
      try writeToStandardError("the progress\n")
    }
    let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
    let messages = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(output.contains("the result\n") && !output.contains("the progress"))
    #expect(messages.contains("the progress\n") && !messages.contains("the result"))
  }

  @Test("more than a pipe holds arrives whole")
  func longWrite() async throws {
    var ends: [Int32] = [0, 0]
    try #require(unsafe pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    let writer = try ComputeThread()
    async let received: Int = Task.detached {
      var chunk = [UInt8](repeating: 0, count: 10_000)
      var total = 0
      while true {
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(reading, $0.baseAddress, $0.count) }
        if count <= 0 { return total }
        total += count
      }
    }.value
    try writer.run { () throws(SystemCallError) in
      try writeAll([UInt8](repeating: 7, count: 1_000_000), to: writing)
      close(writing)
    }
    #expect(await received == 1_000_000)
    close(reading)
  }

  @Test("the clock goes forward")
  func clock() {
    var previous = monotonicNanoseconds()
    let first = previous
    for _ in 0..<10_000 {
      let now = monotonicNanoseconds()
      #expect(now >= previous)
      previous = now
    }
    #expect(previous > first)
  }
}
