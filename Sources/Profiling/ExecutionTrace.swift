package import Execution
package import ExecutionPlanning
import SystemCalls

/// When each instruction of some iterations ended, or each tile of one that runs tile by tile: what a trace is written
/// from after the run.
///
/// Every thread with rows of its own has a track, which it alone writes. Held in arrays of fixed size that are written
/// beforehand, so that tracing costs one store per instruction beside the clock reading that timing takes anyway. The
/// first iterations are kept, at most ``maximumIterations``.
package final class ExecutionTrace {
  /// The end of one span of an iteration; it began at the mark before.
  package struct Mark: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable {
      /// A span begins here; what was before is not traced.
      case begin
      /// Rows were brought to where they are read.
      case staging
      case instruction
      /// What belongs to making gradients after the last instruction.
      case gradients
      case update
    }

    package var nanoseconds: UInt64 = 0
    package var kind: Kind = .begin
    /// Which of ``ExecutionTrace/runs``, and the instruction of its plan.
    package var run: UInt16 = 0
    package var instruction: Int32 = 0
    /// Which rows of the batch it computed.
    package var firstRow: Int32 = 0
    package var endRow: Int32 = 0
  }

  /// A plan that is observed, and the thread that runs it.
  package struct Run {
    package let plan: Plan
    package let thread: Int
  }

  /// Bytes of the process in memory at a moment between two iterations.
  package struct ResidentSample: Hashable, Sendable {
    package let nanoseconds: UInt64
    package let byteCount: Int
  }

  /// What one thread did.
  package final class Track {
    private var storage: [Mark]
    private var count = 0
    private var iterationStarts: [Int] = []

    fileprivate init(capacity: Int, iterations: Int) {
      storage = Array(repeating: Mark(), count: capacity)
      iterationStarts.reserveCapacity(iterations)
    }

    /// The marks of each iteration.
    package var iterations: [ArraySlice<Mark>] {
      iterationStarts.indices.map { index in
        storage[iterationStarts[index]..<(index + 1 < iterationStarts.count ? iterationStarts[index + 1] : count)]
      }
    }

    fileprivate func begin() { iterationStarts.append(count) }

    func mark(_ kind: Mark.Kind, at nanoseconds: UInt64) {
      storage[count] = Mark(nanoseconds: nanoseconds, kind: kind)
      count += 1
    }

    /// An instruction of a run has computed some rows.
    func mark(run: Int, instruction: Int, _ rows: Range<Int>, at nanoseconds: UInt64) {
      storage[count] = Mark(
        nanoseconds: nanoseconds, kind: .instruction, run: UInt16(truncatingIfNeeded: run),
        instruction: Int32(truncatingIfNeeded: instruction), firstRow: Int32(truncatingIfNeeded: rows.lowerBound),
        endRow: Int32(truncatingIfNeeded: rows.upperBound))
      count += 1
    }
  }

  /// At most so many iterations are traced.
  package static let maximumIterations = 10
  /// Marks that are held, of all threads together, where one iteration has no more.
  package static let capacity = 40_000

  package let tracks: [Track]
  package private(set) var runs: [Run] = []
  package private(set) var residentSamples: [ResidentSample] = []
  /// Iterations that begin to be traced.
  private let iterationLimit: Int
  private var iterationCount = 0
  /// Whether the iteration that runs now is traced.
  package private(set) var isRecording = false

  /// - Parameters:
  ///   - markCounts: for each thread the marks of one iteration.
  ///   - expectedIterations: of the run; no room is made for more.
  package init(markCounts: [Int], expectedIterations: Int) {
    let limit = Self.iterationLimit(markCounts, expectedIterations)
    iterationLimit = limit
    tracks = markCounts.map { Track(capacity: $0 * limit, iterations: limit) }
    residentSamples.reserveCapacity(2 * limit)
  }

  /// As many whole iterations as fit, at least one.
  private static func iterationLimit(_ markCounts: [Int], _ expectedIterations: Int) -> Int {
    min(maximumIterations, expectedIterations, max(1, capacity / markCounts.reduce(0, +)))
  }

  /// Bytes that a trace takes while it is recorded.
  package static func byteCount(markCounts: [Int], expectedIterations: Int) -> Int {
    markCounts.reduce(0, +) * iterationLimit(markCounts, expectedIterations) * MemoryLayout<Mark>.stride
  }

  /// Marks of an iteration of several runs: one for the beginning of each, and those of the iteration.
  ///
  /// - Parameters:
  ///   - spanCounts: of each run the instructions, one that runs tile by tile once for each tile.
  ///   - omits: whether time is left out after spans, which takes another mark for each.
  package static func markCount(spanCounts: [Int], omits: Bool) -> Int {
    spanCounts.reduce(omits ? 4 : 3) { $0 + $1 * (omits ? 2 : 1) + 1 }
  }

  /// Adds a plan, in the order in which a batch's parts stand: those of one slice of rows after one another, that of
  /// thread 0 first.
  ///
  /// - Returns: its place in ``runs``.
  func add(_ plan: Plan, thread: Int) -> Int {
    runs.append(Run(plan: plan, thread: thread))
    return runs.count - 1
  }

  /// What hears the runs of a plan on a thread whose times nobody else takes.
  package func observer(of plan: Plan, thread: Int) -> any ExecutionObserver {
    TrackObserver(trace: self, track: tracks[thread], run: add(plan, thread: thread))
  }

  /// What hears a run on a thread after those whose looks at values are to be left out of the trace.
  package func omittingObserver(thread: Int) -> any ExecutionObserver {
    TimeOmission { [unowned self] in
      if isRecording { tracks[thread].mark(.begin, at: monotonicNanoseconds()) }
    }
  }

  /// Notes what the process has in memory. Called before and after an iteration that is traced.
  package func note(residentBytes: Int) {
    residentSamples.append(ResidentSample(nanoseconds: monotonicNanoseconds(), byteCount: residentBytes))
  }

  /// Whether the next iteration will be traced.
  package var tracesNext: Bool { iterationCount < iterationLimit }

  func begin(at nanoseconds: UInt64) {
    isRecording = tracesNext
    guard isRecording else { return }
    iterationCount += 1
    for track in tracks { track.begin() }
    tracks[0].mark(.begin, at: nanoseconds)
  }
}

/// Hears one plan for a trace.
private final class TrackObserver: ExecutionObserver {
  private unowned let trace: ExecutionTrace
  private unowned let track: ExecutionTrace.Track
  private let run: Int

  init(trace: ExecutionTrace, track: ExecutionTrace.Track, run: Int) {
    self.trace = trace
    self.track = track
    self.run = run
  }

  func runWillBegin() {
    if trace.isRecording { track.mark(.begin, at: monotonicNanoseconds()) }
  }

  func didRun(instruction index: Int, rows: CompletedRows) {
    if trace.isRecording { track.mark(run: run, instruction: index, rows.range, at: monotonicNanoseconds()) }
  }
}
