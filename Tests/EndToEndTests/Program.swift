import Configuration
import Glibc
import SystemCalls
import TestSupport

/// The built program, run as users run it: a process of its own, judged by its output, exit code and peak memory.
final class Program {
  /// What one run left behind.
  struct Run {
    let exitCode: Int32
    let output: String
    let errors: String
    /// The operating system's own count of the child's peak resident bytes (`ru_maxrss`).
    let peakResidentBytes: Int

    /// Whether it trained as far as a network goes whose gradients overflow, as those of random ones may.
    var diverged: Bool { exitCode == 1 && errors.contains("training diverged") }
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

  /// Whether the pages touched after warm-up are those of a steady state: none where there is AVX-512. Without it
  /// oneDNN's matrix product generates code at the first call of each kind, of which a shorter last batch brings some.
  static func isSteady(_ report: JSONValue) -> Bool {
    let hasAVX512 = report["machine"]?["instructionSet"]?.stringValue?.hasPrefix("AVX-512") ?? false
    let faults = report["memory"]?["process"]?["steadyPageFaults"]?.integerValue ?? Int.max
    return faults <= (hasAVX512 ? 0 : 64)
  }

  static func configuration(_ name: String) -> String { "\(projectFolder)/configs/\(name).json" }

  /// Runs the program and measures its peak.
  ///
  /// The kernel counts to a child's `ru_maxrss` what its parent had in memory when it was started. A small process
  /// between keeps this one's memory out.
  static func runMeasured(_ arguments: [String], in folder: String = "/") throws -> Run {
    let script = """
      import os, resource, sys
      status = os.waitstatus_to_exitcode(os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)[1])
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
      sys.exit(status if status >= 0 else 128 - status)
      """
    let run = try Program(
      ["-I", "-S", "-c", script, path] + arguments, in: folder, executable: "/usr/bin/python3"
    ).end()
    let lines = run.errors.split(separator: "\n")
    return Run(
      exitCode: run.exitCode, output: run.output, errors: lines.dropLast().joined(separator: "\n"),
      peakResidentBytes: (lines.last.flatMap { Int($0) } ?? 0) * 1024)
  }

  /// Runs the program to its end.
  ///
  /// - Parameter folder: what relative paths start from.
  static func run(
    _ arguments: [String], in folder: String = "/", environment: [String: String] = [:],
    output: ProgramStream.Kind = .captured, errors: ProgramStream.Kind = .captured
  ) throws -> Run {
    try Program(arguments, in: folder, environment: environment, output: output, errors: errors).end()
  }

  let process: pid_t
  private let output: ProgramStream
  private let errors: ProgramStream
  private let captures: TemporaryFolder

  /// Starts the program.
  init(
    _ arguments: [String], in folder: String = "/", environment: [String: String] = [:],
    output: ProgramStream.Kind = .captured, errors: ProgramStream.Kind = .captured, executable: String = path
  ) throws {
    captures = try TemporaryFolder()
    self.output = ProgramStream(output, capturePath: captures.path + "/out")
    self.errors = ProgramStream(errors, capturePath: captures.path + "/err")
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    try unsafe self.output.add(to: &actions, as: 1)
    try unsafe self.errors.add(to: &actions, as: 2)
    let refusal = unsafe addChangeOfFolder(&actions, folder)
    guard refusal == 0 else { throw SystemCallError(call: "posix_spawn", errorNumber: refusal, subject: folder) }
    var variables = ["PATH=/usr/bin:/bin", "HOME=\(captures.path)"]
    if let instructionSet = environmentVariable("ONEDNN_MAX_CPU_ISA") {
      variables.append("ONEDNN_MAX_CPU_ISA=\(instructionSet)")
    }
    for (name, value) in environment { variables.append("\(name)=\(value)") }
    let words = unsafe ([executable] + Program.withReproducibleCosts(arguments)).map { unsafe strdup($0) }
    let settings = unsafe variables.map { unsafe strdup($0) }
    defer { unsafe (words + settings).forEach { unsafe free($0) } }
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, executable, &actions, nil, words + [nil], settings + [nil])
    guard failure == 0 else { throw SystemCallError(call: "posix_spawn", errorNumber: failure, subject: executable) }
    process = child
    self.output.programHasStarted()
    self.errors.programHasStarted()
  }

  /// The arguments, with costs that do not depend on what else the machine does unless they say what costs to take.
  private static func withReproducibleCosts(_ arguments: [String]) -> [String] {
    guard arguments.contains("--config"), !arguments.contains(where: { $0.hasPrefix("costs=") }) else {
      return arguments
    }
    return arguments + ["--set", "costs=flops"]
  }

  /// Sends it a signal.
  func send(_ signal: Int32) { kill(process, signal) }

  /// Whether one of its threads has this name.
  func hasThread(named name: String) -> Bool {
    TemporaryFolder.names(at: "/proc/\(process)/task").contains { thread in
      // A thread may end while its name is read.
      (try? readFile(atPath: "/proc/\(process)/task/\(thread)/comm")) == Array((name + "\n").utf8)
    }
  }

  /// What it has written to standard error so far.
  func errorsSoFar() throws -> String { try errors.textSoFar() }

  /// Waits for its end.
  func end() throws -> Run {
    // A terminal is read until it is closed, lest the program wait for a reader.
    let outputText = output.terminalText()
    let errorText = errors.terminalText()
    var status: Int32 = 0
    var usage = rusage()
    while unsafe wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return Run(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
      output: try outputText ?? output.textSoFar(), errors: try errorText ?? errors.textSoFar(),
      peakResidentBytes: usage.ru_maxrss * 1024)
  }
}
