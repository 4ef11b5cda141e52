package import Kernels

/// Who runs the kernels that are measured: all threads together, or each its own side by side, as threads with rows of
/// their own do. Kernels that run side by side share caches and memory, so their times are those of all at work.
package struct MeasuredThreads {
  package let team: ThreadTeam
  /// One for each part of the rows; one alone where all threads work together.
  package let libraries: [any KernelLibrary]

  package var partCount: Int { libraries.count }

  /// - Parameters:
  ///   - library: the kernels of the whole team.
  ///   - partCount: threads that have rows of their own; 1 where all work together.
  package init(library: any KernelLibrary, team: ThreadTeam, partCount: Int) throws(KernelError) {
    self.team = team
    guard partCount > 1 else {
      libraries = [library]
      return
    }
    var libraries: [any KernelLibrary] = []
    for part in 0..<partCount { libraries.append(try library.library(ofThread: part)) }
    self.libraries = libraries
  }

  /// The team of one part.
  var teamOfPart: ThreadTeam { partCount > 1 ? .ofOneThread() : team }

  /// Calls `body` once for each part, on a thread of its own where there are several.
  func forEachPart(_ body: (_ part: Int) -> Void) {
    guard partCount > 1 else { return body(0) }
    team.parallel { thread, threadCount in
      for part in stride(from: thread, to: partCount, by: threadCount) { body(part) }
    }
  }
}
