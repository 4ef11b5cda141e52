import ArenaMemory
import ComputationGraph
package import Execution
import ExecutionPlanning
import Kernels
import SystemCalls

/// One part of a slice of rows on its way through the network: rows are brought side by side, the plan is run, the loss
/// is read. Parts of one slice share nothing that any of them writes, so threads may run them at the same time.
package final class PartRun<Element: TrainingElement> {
  /// The thread that runs it, where the slice has several parts.
  package let thread: Int
  package let executor: Executor
  /// Which of the slice's rows.
  let rows: Range<Int>
  private let staging: BatchStaging<Element>
  private let results: MemoryBlock
  /// Of the latest run.
  private(set) var loss = 0.0
  private(set) var correctCount = 0.0
  private(set) var failure: (any Error)?

  init(
    thread: Int, executor: Executor, rows: Range<Int>, staging: BatchStaging<Element>, results: MemoryBlock
  ) {
    self.thread = thread
    self.executor = executor
    self.rows = rows
    self.staging = staging
    self.results = results
  }

  /// Whether rows are read from a file, which one thread at a time may do.
  var readsFile: Bool { staging.readsFile }

  /// Lays the part's own rows side by side.
  ///
  /// - Parameter slice: the rows of the whole slice.
  func stage(slice: ArraySlice<Int>) throws(DataFileError) {
    try staging.stage(rows: slice[slice.startIndex + rows.lowerBound..<slice.startIndex + rows.upperBound])
  }

  /// - Parameters:
  ///   - slice: the rows of the whole slice, nil where they are staged already.
  ///   - context: `firstRow` is the slice's.
  func run(slice: ArraySlice<Int>?, context: RunContext, observers: [any ExecutionObserver]) {
    var context = context
    context.firstRow += rows.lowerBound
    do {
      if let slice { try stage(slice: slice) }
      try executor.run(context, observers: observers)
      failure = nil
    } catch {
      failure = error
    }
    loss = latestLoss
    if executor.plan.graph.correctCount != nil {
      correctCount = Double(results.load(Element.self, atByte: PartRun.correctCountOffset))
    }
  }

  /// The loss as the plan has left it.
  var latestLoss: Double { Double(results.load(Element.self, atByte: 0)) }

  /// Where in the block of results the count stands behind the loss.
  static var correctCountOffset: Int { 64 }
}

/// The parts of one slice.
final class SliceRun<Element: TrainingElement> {
  let rows: Int
  let parts: [PartRun<Element>]
  private let team: ThreadTeam

  init(rows: Int, parts: [PartRun<Element>], team: ThreadTeam) {
    self.rows = rows
    self.parts = parts
    self.team = team
  }

  /// Runs all parts, each on a thread of its own where there are several.
  ///
  /// - Parameter observers: one list for each part; no list at all where nobody listens.
  /// - Throws: `ExecutionError`; `DataFileError` where the rows are in a file that can no longer be read.
  /// - Returns: the sum of the parts' losses, in the order of the rows.
  func run(
    _ slice: ArraySlice<Int>, context: RunContext, observers: ArraySlice<[any ExecutionObserver]>
  ) throws -> Double {
    if parts.count == 1 {
      parts[0].run(slice: slice, context: context, observers: observers.first ?? [])
    } else {
      let isStagedHere = parts[0].readsFile
      if isStagedHere {
        for part in parts { try part.stage(slice: slice) }
      }
      team.parallel { thread, threadCount in
        for part in stride(from: thread, to: parts.count, by: threadCount) {
          let heard = observers.isEmpty ? [] : observers[observers.startIndex + part]
          parts[part].run(slice: isStagedHere ? nil : slice, context: context, observers: heard)
        }
      }
    }
    var loss = 0.0
    for part in parts {
      if let failure = part.failure { throw failure }
      loss += part.loss
    }
    return loss
  }

  /// Right predictions of the latest run, in the order of the rows.
  var correctCount: Double { parts.reduce(0) { $0 + $1.correctCount } }
}
