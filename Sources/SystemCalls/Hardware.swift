import Glibc

/// What this process may compute with.
package struct Hardware: Hashable, Sendable {
  /// The processor's name, for example `AMD EPYC 9755`; the machine's architecture where it has none.
  package let processor: String
  /// Logical processors that this process may run on: its affinity.
  package let availableProcessors: Int
  /// Cores among them: two hyper-threads are one core.
  package let availableCores: Int
  /// The control groups' share of processors, for example 1.5; nil where there is no limit.
  package let controlGroupProcessors: Double?
  /// What kernels can be generated for.
  package let instructionSet: InstructionSet

  package init(
    processor: String, availableProcessors: Int, availableCores: Int, controlGroupProcessors: Double?,
    instructionSet: InstructionSet
  ) {
    self.processor = processor
    self.availableProcessors = availableProcessors
    self.availableCores = availableCores
    self.controlGroupProcessors = controlGroupProcessors
    self.instructionSet = instructionSet
  }

  /// Threads that compute without waiting for each other: a core each, and no more than the control groups let run.
  package var suggestedThreads: Int {
    guard let share = controlGroupProcessors else { return max(availableCores, 1) }
    return max(min(availableCores, Int(share.rounded(.up))), 1)
  }

  /// The hardware of this process.
  ///
  /// - Parameter processorsBeforeBinding: how many logical processors the process had before a library bound the calling
  ///   thread to some of them.
  /// - Throws: `SystemCallError` of reading `/proc` or of `uname`; `ENODATA` where the affinity is missing.
  package static func current(processorsBeforeBinding: Int = 1) throws(SystemCallError) -> Hardware {
    let information = ProcessorInformation(
      String(decoding: try readFile(atPath: "/proc/cpuinfo"), as: UTF8.self))
    let path = "/proc/thread-self/status"
    guard let allowed = allowedProcessors(String(decoding: try readFile(atPath: path), as: UTF8.self)) else {
      throw SystemCallError(call: "read", errorNumber: ENODATA, subject: path)
    }
    let processor = if let name = information.modelName { name } else { try machineArchitecture() }
    return Hardware(
      processor: processor, availableProcessors: max(allowed.count, processorsBeforeBinding),
      availableCores: allowed.count >= processorsBeforeBinding
        ? information.coreCount(among: allowed) : information.coreCount(ofProcessors: processorsBeforeBinding),
      controlGroupProcessors: ControlGroup.processorShare(
        of: ControlGroup.groups(of: "cpu"), readingFiles: systemText(atPath:)),
      instructionSet: information.instructionSet)
  }

  /// The processors of the line `Cpus_allowed_list: 0-3,8` in the text of a `status` file; nil where it is missing or
  /// no such list.
  package static func allowedProcessors(_ text: String) -> Set<Int>? {
    let name = "Cpus_allowed_list:"
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
    var processors: Set<Int> = []
    for range in trimmed(line.dropFirst(name.count)).split(separator: ",") {
      let bounds = range.split(separator: "-", omittingEmptySubsequences: false).map { integer(in: $0) }
      // The kernel is built for at most 8,192 processors.
      guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2, first >= 0,
        first <= last, last < 1 << 16
      else { return nil }
      processors.formUnion(first...last)
    }
    return processors.isEmpty ? nil : processors
  }

  private static func machineArchitecture() throws(SystemCallError) -> String {
    var names = utsname()
    guard unsafe uname(&names) == 0 else { throw SystemCallError(call: "uname", errorNumber: errno) }
    return unsafe withUnsafeBytes(of: names.machine) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

extension ControlGroup {
  /// The least share of processors that a group or one above it allows; nil where none has a limit.
  ///
  /// - Parameter text: a file's text by its path, nil where there is no such file.
  package static func processorShare(of groups: [ControlGroup], readingFiles text: (String) -> String?) -> Double? {
    var least: Double?
    for group in groups {
      for folder in group.folders {
        let quota: Int?
        let period: Int?
        if group.version == 2 {
          // `150000 100000`, or `max 100000`.
          let words = text(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
          quota = words.first.flatMap { Int($0) }
          period = words.dropFirst().first.flatMap { Int($0) }
        } else {
          quota = text(folder + "/cpu.cfs_quota_us").flatMap { integer(in: $0) }
          period = text(folder + "/cpu.cfs_period_us").flatMap { integer(in: $0) }
        }
        // Version 1 writes -1 for no limit.
        guard let quota, let period, quota > 0, period > 0 else { continue }
        least = min(least ?? .infinity, Double(quota) / Double(period))
      }
    }
    return least
  }
}
