import Reporting
import SystemCalls
import Training

/// The event file of `--tensorboard`, a new one for each run: grows while the run goes on, so that it can be watched.
///
/// A run goes on without it where it cannot be written any longer, and tells so at its end.
final class TensorBoardLog {
  /// Why nothing more is written.
  private(set) var failure: Failure?
  private let path: String
  private let stageNames: [String]
  /// Updates between two that are written, so that a long run's file stays small.
  private let interval: Int
  /// What is not in the file yet. It is put into bytes many at once: between two iterations, which have emptied the
  /// caches, each would take ten times as long.
  private var pending: [Pending] = []
  private var bytes: [UInt8] = []
  private var lastWrite = monotonicNanoseconds()
  private var lastAsked: UInt64 = 0
  private var latestPeakBytes = 0

  /// Updates of which numbers are written, at most.
  private static let mostUpdates = 10_000
  /// Events and seconds after which what is pending is written; an event with values of all stages at once.
  private static let (pendingLimit, pendingSeconds) = (512, 2.0)
  /// Bytes that such an event takes for each stage: five numbers with their names, in a list and as the file has them.
  static let byteCountOfStage = 1400
  /// Seconds between two questions for the process's memory.
  private static let askingSeconds = 0.2

  /// Updates between two in which values are looked at, at least.
  static func healthInterval(totalIterations: Int) -> Int { max(20, totalIterations / 100) }

  private struct Pending {
    enum Source {
      case update(TrainingProgress, processPeakBytes: Int)
      case epoch(EpochRecord)
    }

    let source: Source
    /// Updates until then.
    let step: Int
    let wallTime: Double
  }

  /// Makes the folder, and the file in it.
  ///
  /// - Throws: `Failure`, 73 where either cannot be made.
  init(folder: String, stageNames: [String], totalIterations: Int) throws {
    self.stageNames = stageNames
    interval = (totalIterations - 1) / Self.mostUpdates + 1
    let seconds = wallClockSeconds()
    pending.reserveCapacity(Self.pendingLimit)
    TensorBoardEvent.appendFileVersion(wallTime: Double(seconds), to: &bytes)
    path = "\(folder)/events.out.tfevents.\(seconds).\(try hostName()).\(processNumber).0"
    do throws(SystemCallError) {
      try createFolder(atPath: folder)
      _ = try AppendFile(path: path)
    } catch {
      throw Failure.output(error)
    }
    try writePending()
  }

  /// Takes in an update.
  func add(_ progress: TrainingProgress) {
    let isWanted =
      (progress.iteration - 1).isMultiple(of: interval) || progress.iteration == progress.totalIterations
      || progress.health != nil
    guard isWanted else { return }
    let isLast = progress.iteration == progress.totalIterations
    goOn {
      try add(
        .update(progress, processPeakBytes: try processPeakBytes(isLast: isLast)), step: progress.iteration)
    }
  }

  /// What the process came to need. Asking the system takes longer than all else here, and so it is asked now and then.
  private func processPeakBytes(isLast: Bool) throws -> Int {
    let now = monotonicNanoseconds()
    guard isLast || Double(now - lastAsked) * 1e-9 >= Self.askingSeconds else { return latestPeakBytes }
    do throws(SystemCallError) {
      latestPeakBytes = try ProcessMemory.current().peakResidentBytes
    } catch {
      throw Failure(error)
    }
    lastAsked = now
    return latestPeakBytes
  }

  /// Takes in an epoch.
  ///
  /// - Parameter iteration: updates up to its end.
  func add(_ epoch: EpochRecord, iteration: Int) {
    goOn { try add(.epoch(epoch), step: iteration) }
  }

  /// Writes what is pending.
  func finish() {
    goOn { try writePending() }
  }

  /// Remembers the first failure, and does nothing after it.
  private func goOn(_ body: () throws -> Void) {
    guard failure == nil else { return }
    do { try body() } catch { failure = Failure(error) }
  }

  private func add(_ source: Pending.Source, step: Int) throws {
    pending.append(Pending(source: source, step: step, wallTime: Double(wallClockSeconds())))
    let seconds = Double(monotonicNanoseconds() - lastWrite) * 1e-9
    if case .update(let progress, _) = source, progress.health != nil { return try writePending() }
    if pending.count >= Self.pendingLimit || seconds >= Self.pendingSeconds { try writePending() }
  }

  private func writePending() throws {
    for event in pending {
      let scalars =
        switch event.source {
        case .update(let progress, let peakBytes):
          tensorBoardScalars(of: progress, stageNames: stageNames, processPeakBytes: peakBytes)
        case .epoch(let epoch): tensorBoardScalars(of: epoch)
        }
      TensorBoardEvent.append(scalars, step: event.step, wallTime: event.wallTime, to: &bytes)
    }
    pending.removeAll(keepingCapacity: true)
    do throws(SystemCallError) {
      try AppendFile(path: path).append(bytes)
    } catch {
      throw Failure.output(error)
    }
    bytes.removeAll(keepingCapacity: true)
    lastWrite = monotonicNanoseconds()
  }
}
