import ArenaMemory
package import ComputationGraph
package import ExecutionPlanning
import Kernels
import SystemCalls

/// Measures what works of a plan take on this machine: the very kernels that the executor will bind, on scratch memory,
/// a window of the plan's instructions at a time.
///
/// Each operand is where the plan has it, in a cache or in memory, and holds random numbers. What takes long is
/// measured on fewer rows and scaled up. Made and used on the compute thread.
package struct CostMeter {
  /// What measuring may take.
  package struct Limits: Hashable, Sendable {
    /// Seconds in all; the run of a kernel that has begun goes to its end.
    package var seconds: Double
    /// Bytes of scratch memory, which goes back when the meter does.
    package var scratchBytes: Int

    package init(seconds: Double = 0.3, scratchBytes: Int = 256 << 20) {
      self.seconds = seconds
      self.scratchBytes = scratchBytes
    }
  }

  private let threads: MeasuredThreads
  private let cacheByteCount: Int
  private let limits: Limits
  private var filling = OperandFilling()
  private var scratch: Arena?

  /// - Parameter cacheByteCount: what the caches can be trusted to hold for each part, as for ``OperandResidence``.
  package init(threads: MeasuredThreads, cacheByteCount: Int, limits: Limits) {
    self.threads = threads
    self.cacheByteCount = cacheByteCount
    self.limits = limits
  }

  /// Seconds of wanted works, by their index; those that the time or the scratch memory did not suffice for are
  /// missing.
  ///
  /// - Parameter graphForRows: the plan's graph for another number of rows.
  package mutating func measure(
    _ works: PlanWorks, of plan: Plan, residence: OperandResidence, isWanted: [Bool],
    graphForRows: (Int) throws -> Graph
  ) throws -> [Int: Double] {
    let end = monotonicNanoseconds() + UInt64(limits.seconds * 1e9)
    let windows = costWindows(of: plan, works: works, isWanted: isWanted, rates: .generated)
    var graphs = [plan.graph.batchRows: plan.graph]
    var left = windows.reduce(0) { $0 + $1.countedSeconds }
    var result: [Int: Double] = [:]
    for window in windows {
      let now = monotonicNanoseconds()
      guard now < end else { break }
      let share = Double(end - now) * window.countedSeconds / max(left, window.countedSeconds)
      left -= window.countedSeconds
      let slice = UInt64(min(Double(end - now), max(share, Self.smallestSliceNanoseconds)))
      let subject = Subject(window: window, plan: plan, residence: residence)
      let seconds = try measure(subject, until: now + slice) { rows in
        if let known = graphs[rows] { return known }
        let made = try graphForRows(rows)
        graphs[rows] = made
        return made
      }
      for (instruction, seconds) in zip(window.instructions, seconds) where seconds > 0 {
        result[works.workOfInstruction[instruction]] = seconds
      }
    }
    return result
  }

  private static let smallestSliceNanoseconds = 2e6

  private struct Subject {
    let window: CostWindow
    let plan: Plan
    let residence: OperandResidence

    var rows: Int { plan.graph.batchRows }

    /// Seconds of one round on the plan's rows, by operation counts.
    var countedSeconds: Double {
      window.instructions.reduce(0) { sum, index in
        sum + OperationRates.generated.seconds(of: plan.graph.nodes[plan.instructions[index].node], in: plan.graph)
      }
    }

    func signatures(in graph: Graph) -> [KernelSignature] {
      window.instructions.map { index in
        KernelSignature(
          of: graph.nodes[plan.instructions[index].node], in: graph,
          addsToOutputs: plan.instructions[index].addsToOutputs)
      }
    }
  }

  /// One window on so many rows: seconds of each of its instructions.
  private struct Sample {
    var rows: Int
    var seconds: [Double]

    var sum: Double { seconds.reduce(0, +) }
  }

  // MARK: Rows

  /// Seconds of the window's instructions on the plan's rows; empty where there is no room for it.
  ///
  /// Where one round may take long, or has no room, fewer rows are tried first. They tell on how many of the plan's
  /// rows `roundsWanted` rounds fit the time, and with a second number of rows what does not grow with them.
  private mutating func measure(
    _ subject: Subject, until end: UInt64, graph: (Int) throws -> Graph
  ) throws -> [Double] {
    let rows = subject.rows
    let counted = subject.countedSeconds
    let hasRoom = try layout(subject, rows: rows, graph).byteCount <= bytesOfPart
    if hasRoom, counted <= Self.shortRoundSeconds || rows < 2 {
      return try sample(subject, rows: rows, until: end, graph)?.seconds ?? []
    }
    let begin = monotonicNanoseconds()
    guard let few = try fewestRows(of: subject, counted: counted, graph),
      let probe = try sample(subject, rows: few, until: begin + (end - min(end, begin)) / 5, graph)
    else { return [] }
    let now = monotonicNanoseconds()
    let affordable = Double(end - min(end, now)) * 1e-9 / Self.roundsWanted / probe.sum * Double(few)
    let many = try halves(of: rows).first {
      try $0 > few && Double($0) <= affordable && canRun(subject, $0, graph)
    }
    if let many, let larger = try sample(subject, rows: many, until: end, graph) {
      return many == rows ? larger.seconds : Self.extrapolated(to: rows, from: probe, larger)
    }
    guard few >= 2, try canRun(subject, few / 2, graph),
      let smaller = try sample(subject, rows: few / 2, until: end, graph)
    else { return probe.seconds.map { $0 * Double(rows) / Double(few) } }
    return Self.extrapolated(to: rows, from: smaller, probe)
  }

  /// A round that may be this long by operation counts is not begun on all rows before fewer have told its time.
  private static let shortRoundSeconds = 0.01
  private static let roundsWanted = 4.0

  /// The rows and halves of them, descending.
  private func halves(of rows: Int) -> some Sequence<Int> {
    sequence(first: rows) { $0 >= 2 ? $0 / 2 : nil }
  }

  /// Rows of which a round is short by operation counts, or as few above that as can be measured; less where there is
  /// no room for more; nil where there is none for any.
  private func fewestRows(
    of subject: Subject, counted: Double, _ graph: (Int) throws -> Graph
  ) throws -> Int? {
    let all = Array(halves(of: subject.rows))
    let start =
      all.firstIndex { counted * Double($0) / Double(subject.rows) <= Self.shortRoundSeconds } ?? all.count - 1
    let order = all[...start].reversed() + all[(start + 1)...]
    return try order.first { try canRun(subject, $0, graph) }
  }

  /// Whether the kernels are those of the plan's rows and there is room for their operands.
  private func canRun(_ subject: Subject, _ rows: Int, _ graph: (Int) throws -> Graph) throws -> Bool {
    guard try layout(subject, rows: rows, graph).byteCount <= bytesOfPart else { return false }
    if rows == subject.rows { return true }
    let library = threads.libraries[0]
    for (fewer, all) in zip(subject.signatures(in: try graph(rows)), subject.signatures(in: subject.plan.graph))
    where try library.implementationNames(for: fewer) != library.implementationNames(for: all) {
      return false
    }
    return true
  }

  /// The straight line through two samples, at other rows: not below the larger one, and not above its proportional.
  private static func extrapolated(to rows: Int, from smaller: Sample, _ larger: Sample) -> [Double] {
    zip(smaller.seconds, larger.seconds).map { few, many in
      let slope = (many - few) / Double(larger.rows - smaller.rows)
      let proportional = many * Double(rows) / Double(larger.rows)
      return min(max(many + slope * Double(rows - larger.rows), many), proportional)
    }
  }

  // MARK: One measurement

  private var bytesOfPart: Int { limits.scratchBytes / threads.partCount }

  private func layout(_ subject: Subject, rows: Int, _ graph: (Int) throws -> Graph) throws -> WindowLayout {
    try WindowLayout(
      subject.window, of: subject.plan, graph: graph(rows), residence: subject.residence,
      library: threads.libraries[0], coldByteCount: Self.cachesOfColdBytes * cacheByteCount, byteLimit: bytesOfPart)
  }

  /// Bytes of a window's cold operands in units of the trusted cache: a cache that replaces at random still finds some
  /// of twice its size.
  private static let cachesOfColdBytes = 6

  private mutating func sample(
    _ subject: Subject, rows: Int, until end: UInt64, _ graph: (Int) throws -> Graph
  ) throws -> Sample? {
    let layout = try layout(subject, rows: rows, graph)
    guard let arena = try scratch(byteCountOfPart: layout.byteCount) else { return nil }
    var measurement = WindowMeasurement(layout, arena: arena, threads: threads, filling: &filling)
    try GeneralHeap.keepingFreedMemory { try measurement.run(until: end, filling: &filling) }
    return Sample(rows: rows, seconds: measurement.means)
  }

  /// Memory for a layout of each part, taken anew where what there is does not suffice.
  private mutating func scratch(byteCountOfPart: Int) throws -> Arena? {
    guard byteCountOfPart <= bytesOfPart else { return nil }
    let byteCount = byteCountOfPart * threads.partCount
    if let scratch, scratch.block.byteCount >= byteCount { return scratch }
    scratch = nil
    let arena = try Arena(capacity: byteCount, in: JemallocArena())
    try arena.prefault()
    scratch = arena
    return arena
  }
}
