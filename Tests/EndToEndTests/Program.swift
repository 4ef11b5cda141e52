import Glibc
import SystemCalls

/// The built program, run as users run it: a process of its own, judged by its output, exit code and peak memory.
struct Program {
  /// What one run left behind.
  struct Run {
    let exitCode: Int32
    let output: String
    let errors: String
    /// The operating system's own count of the child's peak resident bytes (`ru_maxrss`).
    let peakResidentBytes: Int
  }

  /// The release program beside the test bundle, built by the same `swift build`.
  static let path: String = {
    let bundle = CommandLine.arguments[0]
    let folder = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let beside = folder + "/bptrain"
    return (try? fileExists(atPath: beside)) == true ? beside : projectFolder + "/.build/release/bptrain"
  }()

  /// The folder of Package.swift.
  static let projectFolder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
  }()

  static func configuration(_ name: String) -> String { "\(projectFolder)/configs/\(name).json" }

  /// Runs the program and measures its peak.
  ///
  /// The kernel counts to a child's `ru_maxrss` what its parent had in memory when it was started. A small process
  /// between keeps this one's memory out.
  static func runMeasured(_ arguments: [String]) throws -> Run {
    let script = """
      import os, resource, sys
      status = os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)[1])
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
      sys.exit(status if status >= 0 else 128 - status)
      """
    let run = try run(["-I", "-S", "-c", script, path] + arguments, of: "/usr/bin/python3")
    let lines = run.errors.split(separator: "\n")
    return Run(
      exitCode: run.exitCode, output: run.output, errors: lines.dropLast().joined(separator: "\n"),
      peakResidentBytes: (lines.last.flatMap { Int($0) } ?? 0) * 1024)
  }

  /// Runs the program to its end.
  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Run {
    try run(arguments, of: path, environment: environment)
  }

  private static func run(
    _ arguments: [String], of path: String, environment: [String: String] = [:]
  ) throws -> Run {
    let folder = try TemporaryFolder()
    let outputPath = folder.path + "/out"
    let errorPath = folder.path + "/err"
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT, 0o600)
    var variables = ["PATH=/usr/bin:/bin", "HOME=\(folder.path)"]
    for (name, value) in environment { variables.append("\(name)=\(value)") }
    let words = unsafe ([path] + arguments).map { unsafe strdup($0) }
    let settings = unsafe variables.map { unsafe strdup($0) }
    defer { unsafe (words + settings).forEach { unsafe free($0) } }
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, path, &actions, nil, words + [nil], settings + [nil])
    guard failure == 0 else { throw SystemCallError(call: "posix_spawn", errorNumber: failure, subject: path) }
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return Run(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
      output: String(decoding: try readFile(atPath: outputPath), as: UTF8.self),
      errors: String(decoding: try readFile(atPath: errorPath), as: UTF8.self),
      peakResidentBytes: usage.ru_maxrss * 1024)
  }
}

/// A folder of a test's own, gone with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/bptrain-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errorNumber: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Writes a file into the folder and gives its path.
  func write(_ text: String, as name: String) throws -> String {
    try writeFileWhole(Array(text.utf8), toPath: "\(path)/\(name)")
    return "\(path)/\(name)"
  }

  /// Writes a file of bytes into the folder.
  func write(_ bytes: [UInt8], as name: String) throws {
    try writeFileWhole(bytes, toPath: "\(path)/\(name)")
  }

  func names() -> [String] {
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

  deinit {
    for name in names() {
      unsafe unlink("\(path)/\(name)")
      unsafe rmdir("\(path)/\(name)")
    }
    unsafe rmdir(path)
  }
}
