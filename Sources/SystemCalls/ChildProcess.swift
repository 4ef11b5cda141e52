import Glibc

/// How a process ended, and what it used. Its peak of memory is not told: the kernel counts to it what its parent had.
package struct ChildEnd: Hashable, Sendable {
  /// As a shell would tell it: 128 and the signal's number where a signal ended it.
  package let exitCode: Int32
  /// Seconds of all its threads, in the program and in the kernel.
  package let processorSeconds: Double
}

/// A process that this one starts and waits for, its output going into files.
///
/// ```swift
/// var child = try ChildProcess(
///   executable: ownExecutablePath, arguments: ["train", "--json"], outputPath: "out.json", errorPath: "err.txt")
/// while try child.end() == nil { sleep(seconds: 0.02) }
/// ```
///
/// It begins with no signal blocked, whatever its parent blocks, and with an empty standard input. One that is let go
/// of before its end is killed.
package struct ChildProcess: ~Copyable {
  private let identifier: pid_t
  private var knownEnd: ChildEnd?

  /// Starts the process.
  ///
  /// - Parameters:
  ///   - arguments: without the program's own name.
  ///   - additions: variables beside this process's own.
  ///   - outputPath, errorPath: files that are made or emptied.
  /// - Throws: `SystemCallError` of `posix_spawn` about the executable, such as `ENOENT`; a file that cannot be opened
  ///   is told in the same way.
  package init(
    executable: String, arguments: [String], environment additions: [String: String] = [:], outputPath: String,
    errorPath: String
  ) throws(SystemCallError) {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let words = CStrings([executable] + arguments)
    let variables = CStrings(environmentVariables(with: additions))
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, executable, &actions, &attributes, words.pointers, variables.pointers)
    guard failure == 0 else { throw SystemCallError(call: "posix_spawn", errorNumber: failure, subject: executable) }
    identifier = child
  }

  deinit {
    guard knownEnd == nil else { return }
    kill(identifier, SIGKILL)
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
  }

  /// How it ended; nil while it runs.
  ///
  /// - Throws: `SystemCallError` of `wait4`.
  package mutating func end() throws(SystemCallError) -> ChildEnd? {
    if let knownEnd { return knownEnd }
    var status: Int32 = 0
    var usage = rusage()
    let result = unsafe wait4(identifier, &status, WNOHANG, &usage)
    guard result >= 0 else {
      if errno == EINTR { return nil }
      throw SystemCallError(call: "wait4", errorNumber: errno)
    }
    guard result == identifier else { return nil }
    let signal = status & 0x7F
    let seconds = [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    knownEnd = ChildEnd(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, processorSeconds: seconds)
    return knownEnd
  }

  /// Asks it to end (SIGTERM).
  package func terminate() {
    if knownEnd == nil { kill(identifier, SIGTERM) }
  }
}

/// The program that this process runs, to be started again.
package let ownExecutablePath = "/proc/self/exe"

/// Ends this process within half a second after the one that started it, however that ends: a thread asks.
///
/// - Throws: `SystemCallError` of the thread that cannot be started.
package func endWithParent() throws(SystemCallError) {
  let parent = getppid()
  let thread = try startThread(named: "bptrain-parent", stackByteCount: 256 << 10) {
    while getppid() == parent { sleep(seconds: 0.5) }
    _exit(128 + SIGKILL)
  }
  pthread_detach(thread)
}

/// Does nothing for a while, or until a signal arrives.
package func sleep(seconds: Double) {
  var time = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
  unsafe nanosleep(&time, nil)
}

/// This process's environment with some variables added or replaced, as `NAME=value`.
private func environmentVariables(with additions: [String: String]) -> [String] {
  var variables: [String] = []
  var entry = unsafe environ
  while let text = unsafe entry.pointee {
    let variable = unsafe String(cString: text)
    if additions[String(variable.prefix { $0 != "=" })] == nil { variables.append(variable) }
    unsafe entry += 1
  }
  for (name, value) in additions { variables.append("\(name)=\(value)") }
  return variables
}

/// Texts as C has them: an array of pointers that ends with a null pointer.
@safe private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ texts: [String]) {
    unsafe pointers = texts.map { unsafe strdup($0) } + [nil]
  }

  deinit {
    unsafe pointers.forEach { unsafe free($0) }
  }
}
