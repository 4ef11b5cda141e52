import ArenaMemory
import CommandLineInterface
import Configuration
import Kernels
import Reporting
import SystemCalls

let programVersion = "0.1.0"

/// Carries out a command line and tells what went wrong, as a sentence or as the document that `--json` asks for.
func run(_ words: [String]) -> ExitCode {
  do {
    try ignoreSignalsOfFailedWrites()
    try occupyStandardDescriptors()
    try endInGoodOrderWithoutMemory(asDocument: words.contains("--json"))
    if environmentVariable(endsWithParentVariable) != nil { try endWithParent() }
    OneDNN.keepOffStandardOutput()
    try requireUTF8(words)
    let arguments = try parseArguments(words)
    if arguments.wantsVersion {
      try tellResult("bptrain \(programVersion)\n")
    } else {
      if arguments.command.takesConfiguration || arguments.command == .doctor {
        WaitingThreads.boundSpinning(unbind: runOnAllPlaces)
        try requireAddressSpace()
      }
      try checkOutputFiles(of: arguments)
      switch arguments.command {
      case .train: try runTraining(arguments)
      case .plan: try runPlan(arguments)
      case .gradients: try runGradients(arguments)
      case .check: return try runCheck(arguments)
      case .explain: try runExplain(arguments)
      case .compare: return try runCompare(arguments)
      case .study: return try runStudy(arguments)
      case .bench: return try runBench(arguments)
      case .doctor: return try runDoctor(arguments)
      case .initialize: try writeExampleConfiguration(arguments)
      case .schema: try tellResult(configurationSchema().text(.pretty) + "\n")
      case .completions: try tellResult(arguments.shell.map(completionScript) ?? "")
      case .help:
        try tellResult(
          arguments.wantsManualPage ? manualPage(version: programVersion) : helpText(for: arguments.helpTopic))
      }
    }
    return .success
  } catch {
    let failure = Failure(error)
    tell(failure, asDocument: words.contains("--json") && !failure.followsResult)
    return failure.code
  }
}

/// Refuses paths and values that the program would see otherwise than they are.
private func requireUTF8(_ words: [String]) throws {
  guard let word = words.first(where: { $0.unicodeScalars.contains("\u{FFFD}") }) else { return }
  throw UsageError("the argument \"\(word)\" is no valid UTF-8; give files and folders names that are")
}

/// Tells on standard error what went wrong, and as the document that `--json` asks for on standard output.
func tell(_ failure: Failure, asDocument: Bool) {
  note((failure.beginsWithPlace ? "" : "bptrain: ") + failure.message + "\n")
  guard asDocument else { return }
  let document = errorDocument(
    code: Int(failure.code.rawValue), message: failure.message, minimumFeasibleBytes: failure.minimumFeasibleBytes,
    neededBytes: failure.neededBytes)
  // Where nobody can be told, the exit code still says what happened.
  try? writeToStandardOutput(document.text(.pretty) + "\n")
}

/// Refuses to begin where the limit on addresses leaves so little that threads and kernels find no place, and that the
/// heap might not even be told so: jemalloc's own records are refused without a word to anybody.
private func requireAddressSpace() throws {
  let needed = 24 << 20
  let limits = try MemoryLimits.current()
  guard let limit = limits.addressSpaceBytes, limit - limits.usedAddressSpaceBytes < needed else { return }
  throw Failure(
    .systemRefusal,
    "the limit on addresses (\(limit) bytes, of which \(limits.usedAddressSpaceBytes) are taken) leaves fewer than the "
      + "\(needed) that the program needs to begin; raise it")
}

/// Sees to it that a refusal of memory for the program's own objects is told like any other failure.
private func endInGoodOrderWithoutMemory(asDocument: Bool) throws {
  let message =
    "the system refused memory: the limits on this process (addresses, control group) leave the program itself too "
    + "little; raise them"
  let code = ExitCode.systemRefusal
  let document = errorDocument(code: Int(code.rawValue), message: message)
  try GeneralHeap.exitWhenRefused(
    message: "bptrain: \(message)\n", document: asDocument ? document.text(.pretty) + "\n" : "",
    exitCode: code.rawValue)
}
