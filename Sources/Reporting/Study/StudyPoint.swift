/// What one line of a study measures: a strategy, under a budget where it plans for one, at settings of the grid.
package struct StudyPoint: Hashable, Sendable {
  /// A key path of the configuration and the value it is set to, as written.
  package struct Setting: Hashable, Sendable {
    package var path: String
    package var value: String

    package init(path: String, value: String) {
      self.path = path
      self.value = value
    }
  }

  package var settings: [Setting]
  package var strategy: String
  /// As written, such as `20%`; nil of a strategy that runs without one.
  package var budget: String?
  /// A digest of all that decides the measurement, by which its runs are found again.
  package var key: String

  package init(settings: [Setting], strategy: String, budget: String? = nil, key: String) {
    self.settings = settings
    self.strategy = strategy
    self.budget = budget
    self.key = key
  }

  /// `optimal 20%`, or the strategy alone.
  package var label: String { budget.map { "\(strategy) \($0)" } ?? strategy }

  /// `training.batchSize=64 seed=1`; empty without a grid.
  package var settingsLabel: String { settings.map { "\($0.path)=\($0.value)" }.joined(separator: " ") }
}

/// How every point of a study is measured.
package struct StudyConditions: Hashable, Sendable {
  /// Optimizer updates of each run, and how many of them are left out of the timing.
  package var iterations: Int
  package var warmup: Int
  /// Runs of each point, every one in a process of its own.
  package var repeats: Int

  package init(iterations: Int, warmup: Int, repeats: Int) {
    self.iterations = iterations
    self.warmup = warmup
    self.repeats = repeats
  }
}

/// One of several parts of a study that are measured apart; the first is 1.
package struct StudyShard: Hashable, Sendable {
  package var index: Int
  package var count: Int

  /// Reads `i/n`; nil where the text is none, or i is not in 1 ... n.
  package init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]), count >= 1, count <= 10_000,
      (1...count).contains(index)
    else { return nil }
    self.index = index
    self.count = count
  }

  /// Whether it measures the point of that number, the first being 0.
  package func contains(_ number: Int) -> Bool { number % count == index - 1 }
}

/// Every combination of the grid's values, the last key changing fastest; one without settings where there is no grid.
package func combinations(of grid: [(path: String, values: [String])]) -> [[StudyPoint.Setting]] {
  grid.reduce([[]]) { combinations, axis in
    combinations.flatMap { settings in
      axis.values.map { settings + [StudyPoint.Setting(path: axis.path, value: $0)] }
    }
  }
}

/// The order in which a round goes through so many points: forward in the first, backward in the second and so on, so
/// that a drift of the machine hits early and late points alike.
package func order(ofRound round: Int, pointCount: Int) -> [Int] {
  let forward = Array(0..<pointCount)
  return round.isMultiple(of: 2) ? forward : forward.reversed()
}
