import Glibc
import SystemCalls

/// Where a program's standard output or standard error goes, and what arrived there.
final class ProgramStream {
  enum Kind: Sendable {
    /// Into a file.
    case captured
    /// To this path, such as `/dev/full`.
    case path(String)
    /// Into a pipe that nobody reads.
    case brokenPipe
    case closed
    /// To a terminal of its own.
    case terminal
  }

  private let kind: Kind
  private let capturePath: String
  /// What is to be closed once the program has it, and the side of a terminal on which we read.
  private var openedForChild: Int32?
  private var terminalSide: Int32?

  /// - Parameter capturePath: a file of this stream's own.
  init(_ kind: Kind, capturePath: String) {
    self.kind = kind
    self.capturePath = capturePath
  }

  /// Has the program's `descriptor` opened.
  func add(to actions: inout posix_spawn_file_actions_t, as descriptor: Int32) throws {
    switch kind {
    case .captured:
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, capturePath, O_WRONLY | O_CREAT, 0o600)
    case .path(let path): unsafe posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY, 0)
    case .closed: unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
    case .brokenPipe:
      var ends: [Int32] = [0, 0]
      guard unsafe pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError(call: "pipe2", errorNumber: errno) }
      close(ends[0])
      openedForChild = ends[1]
      unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], descriptor)
    case .terminal:
      // What posix_openpt, unlockpt and ptsname come to on Linux, which Swift's view of glibc does not show.
      let terminal = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard terminal >= 0 else { throw SystemCallError(call: "open", errorNumber: errno, subject: "/dev/ptmx") }
      terminalSide = terminal
      // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>.
      var isLocked: Int32 = 0
      var number: Int32 = 0
      guard unsafe ioctl(terminal, 0x4004_5431, &isLocked) == 0,
        unsafe ioctl(terminal, 0x8004_5430, &number) == 0
      else { throw SystemCallError(call: "ioctl", errorNumber: errno, subject: "/dev/ptmx") }
      unsafe posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/pts/\(number)", O_WRONLY | O_NOCTTY, 0)
    }
  }

  func programHasStarted() {
    if let openedForChild { close(openedForChild) }
    openedForChild = nil
  }

  /// What has been written into a file; nothing of what goes elsewhere.
  func textSoFar() throws -> String {
    guard case .captured = kind else { return "" }
    return String(decoding: try readFile(atPath: capturePath), as: UTF8.self)
  }

  /// Reads a terminal until the program has closed it; nil of anything else.
  func terminalText() -> String? {
    guard let terminalSide else { return nil }
    defer { close(terminalSide) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(terminalSide, $0.baseAddress, $0.count) }
      // EIO: the other side is closed.
      if count <= 0 { return String(decoding: text, as: UTF8.self) }
      text += chunk[..<count]
    }
  }
}

// glibc shows these to those who ask for its extensions, which Swift's view of it does not.

@_silgen_name("pipe2")
private func pipe2(_ ends: UnsafeMutablePointer<Int32>, _ flags: Int32) -> Int32

/// Has the program start in a folder.
@_silgen_name("posix_spawn_file_actions_addchdir_np")
func addChangeOfFolder(
  _ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ path: UnsafePointer<CChar>
) -> Int32
