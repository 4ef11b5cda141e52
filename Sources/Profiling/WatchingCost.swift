import SystemCalls

/// What watching a run took on its first thread, in seconds.
package struct WatchingCost: Hashable, Sendable {
  /// Reading the clock, and keeping what it said for the profile and a trace.
  package var clockSeconds: Double
  /// Looking at values for the gradients' health.
  package var lookSeconds: Double
  /// Iterations in which they were looked at.
  package var lookCount: Int
  /// Telling about iterations and epochs: progress, event files.
  package var tellingSeconds: Double
  /// All iterations from their begin until they were told of, watching included.
  package var iterationSeconds: Double

  package init(
    clockSeconds: Double = 0, lookSeconds: Double = 0, lookCount: Int = 0, tellingSeconds: Double = 0,
    iterationSeconds: Double = 0
  ) {
    self.clockSeconds = clockSeconds
    self.lookSeconds = lookSeconds
    self.lookCount = lookCount
    self.tellingSeconds = tellingSeconds
    self.iterationSeconds = iterationSeconds
  }

  /// Adds an iteration that was told of just now.
  ///
  /// - Parameters:
  ///   - begin: of the iteration, on the monotonic clock.
  ///   - telling: begin of telling.
  ///   - lookSeconds: nil where nobody looked.
  /// - Returns: what was added.
  package mutating func add(from begin: UInt64, toldFrom telling: UInt64, lookSeconds: Double?) -> WatchingCost {
    let now = monotonicNanoseconds()
    let added = WatchingCost(
      lookSeconds: lookSeconds ?? 0, lookCount: lookSeconds == nil ? 0 : 1,
      tellingSeconds: Double(now - telling) * 1e-9, iterationSeconds: Double(now - begin) * 1e-9)
    self.lookSeconds += added.lookSeconds
    lookCount += added.lookCount
    tellingSeconds += added.tellingSeconds
    iterationSeconds += added.iterationSeconds
    return added
  }

  /// Of the iterations' time.
  package var share: Double {
    iterationSeconds > 0 ? (clockSeconds + lookSeconds + tellingSeconds) / iterationSeconds : 0
  }
}
