/// A network as a chain of stages `0 ..< count`, between any two of which exactly one value is live.
///
///     x_0 -> [stage 0] -> x_1 -> [stage 1] -> x_2 ... -> x_n -> loss
///
/// The network's input `x_0` is always live and held outside the arena. The loss is no stage: it comes after the last
/// one and gives the cotangent of `x_n`, which starts the reverse pass. A chain's sizes are checked once, here: sums of
/// bytes over a chain never overflow afterwards.
package struct Chain: Hashable, Sendable {
  /// The stages in forward order; at least one.
  package let stages: [ChainStage]
  /// Bytes the network's input takes in the arena: 0 where the data set's batch holds it. Always live, thus a constant.
  package let inputBytes: Int
  /// Bytes live while the loss is taken and its gradient computed, the last stage's output being its input.
  package let lossPeak: StagePeaks.ByInput
  /// By stage: `ChainStage.peaks`, or those of the literature's model.
  package let peaks: [StagePeaks]
  /// Instructions that a plan has for an execution of a stage, on average.
  package let instructionsPerExecution: Int

  /// More stages than this are refused.
  package static let maximumStageCount = 1 << 24
  /// More bytes in all than this are refused; four times as many still fit an `Int`.
  package static let maximumByteCount = Int.max / 8

  /// Checks and stores the chain.
  ///
  /// - Parameters:
  ///   - lossPeak: Nil for the literature's model: the loss needs its input and that one's cotangent.
  ///   - instructionsPerExecution: instructions that a plan has for an execution of a stage, on average.
  /// - Throws: `ChainError` for no stages or too many, a stage without forms, a negative size, seconds that are
  ///   negative or not finite, or sizes whose sum is beyond `maximumByteCount`.
  package init(
    stages: [ChainStage], inputBytes: Int = 0, lossPeak: StagePeaks.ByInput? = nil, instructionsPerExecution: Int = 1
  ) throws(ChainError) {
    guard !stages.isEmpty else { throw ChainError(stage: nil, reason: "a chain needs at least one stage") }
    guard stages.count <= Chain.maximumStageCount else {
      throw ChainError(
        stage: nil, reason: "\(stages.count) stages were found; at most \(Chain.maximumStageCount) are allowed")
    }
    guard inputBytes >= 0 else {
      throw ChainError(stage: nil, reason: "the input's size was \(inputBytes) bytes; sizes are 0 or more")
    }
    var total = inputBytes
    for (index, stage) in stages.enumerated() { try Chain.check(stage, index: index, total: &total) }
    self.stages = stages
    self.inputBytes = inputBytes
    self.instructionsPerExecution = instructionsPerExecution
    let outputBytes = stages[stages.count - 1].outputBytes
    self.lossPeak = lossPeak ?? StagePeaks.ByInput(held: outputBytes, ending: 2 * outputBytes)
    peaks = stages.indices.map { index in
      stages[index].peaks
        ?? StagePeaks(of: stages[index], inputBytes: index == 0 ? 0 : stages[index - 1].outputBytes)
    }
  }

  /// The number of stages.
  package var count: Int { stages.count }

  /// Executions of an iteration beyond which a schedule is no choice, so that what is chosen can be planned in seconds
  /// and in some hundred megabytes: 100 for each stage on average; of long chains 262,144 in all, and where stages are
  /// blocks of many layers as many as have 2²⁰ instructions; but always three for each stage.
  package var maximumExecutions: Int {
    min(100 * count, max(3 * count, min(1 << 18, (1 << 20) / max(1, instructionsPerExecution))))
  }

  /// Bytes of boundary value `x_index` within the arena, `index` in `0 ... count`, the network's input not counted.
  package func boundaryBytes(_ index: Int) -> Int { index == 0 ? 0 : stages[index - 1].outputBytes }

  /// The same while restart values or residuals hold it.
  package func keptBoundaryBytes(_ index: Int) -> Int { index == 0 ? 0 : stages[index - 1].keptOutputBytes }

  /// Whether what holds x_index holds that value itself, not a copy in fewer bytes.
  func holdsItself(_ index: Int) -> Bool { keptBoundaryBytes(index) == boundaryBytes(index) }

  /// The maximal ranges of equal stages, in order: one range for a uniform chain.
  package var uniformRuns: [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    for index in 1...count where index == count || stages[index] != stages[start] {
      runs.append(start..<index)
      start = index
    }
    return runs
  }

  /// Whether all but a few stages are equal.
  package var isNearlyUniform: Bool {
    let longest = uniformRuns.map(\.count).max() ?? 0
    return count - longest <= max(4, count / 64)
  }

  private static func check(_ stage: ChainStage, index: Int, total: inout Int) throws(ChainError) {
    guard !stage.forms.isEmpty else { throw ChainError(stage: index, reason: "no way to keep it is given") }
    if stage.keptOutputBytes > stage.outputBytes {
      throw ChainError(stage: index, reason: "what is kept of its output is larger than the output")
    }
    func check(size: Int) throws(ChainError) {
      guard size >= 0 else {
        throw ChainError(stage: index, reason: "a size was \(size) bytes; sizes are 0 or more")
      }
    }
    func add(_ size: Int) throws(ChainError) {
      try check(size: size)
      let (sum, overflow) = total.addingReportingOverflow(size)
      guard !overflow && sum <= Chain.maximumByteCount else {
        throw ChainError(stage: index, reason: "the chain's sizes sum to more than \(Chain.maximumByteCount) bytes")
      }
      total = sum
    }
    func check(seconds: Double) throws(ChainError) {
      guard seconds >= 0, seconds.isFinite else {
        throw ChainError(stage: index, reason: "a cost was \(seconds) seconds; costs are finite and 0 or more")
      }
    }
    try add(stage.outputBytes)
    try add(stage.keptOutputBytes)
    try add(stage.forwardWorkspaceBytes)
    try add(stage.backwardWorkspaceBytes)
    try check(seconds: stage.forwardSeconds)
    try check(seconds: stage.backwardSeconds)
    var most = 0
    for form in stage.forms {
      try check(size: form.byteCount)
      most = max(most, form.byteCount)
      try check(seconds: form.extraBackwardSeconds)
      try check(seconds: form.deriveSeconds)
      try check(seconds: form.secondsWithoutOutput ?? 0)
    }
    try add(most)
    if let peaks = stage.peaks {
      guard peaks.forms.count == stage.forms.count else {
        throw ChainError(
          stage: index, reason: "peaks of \(peaks.forms.count) forms are given and the stage has \(stage.forms.count)")
      }
      let extent = peaks.extent
      for size in [extent.lowerBound, extent.upperBound] where !(0...Chain.maximumByteCount).contains(size) {
        throw ChainError(
          stage: index, reason: "a peak was \(size) bytes; peaks are 0 to \(Chain.maximumByteCount) bytes")
      }
    }
  }
}

/// Numbers that make no chain.
package struct ChainError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The stage at fault, or nil where it is the chain as a whole.
  package let stage: Int?
  /// What was found and what is allowed.
  package let reason: String

  package var description: String {
    if let stage { "stage \(stage): \(reason)" } else { reason }
  }
}
