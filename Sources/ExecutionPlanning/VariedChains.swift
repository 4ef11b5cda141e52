import BufferPlacement
import Checkpointing
import Differentiation
import RandomNumbers

/// Schedules that are the optima of other counts.
///
/// A replay may count up to half as many bytes again as a plan of normalizations, residual blocks or rounded copies
/// needs. The optima of its counts then leave out schedules that are best once they are planned; among the optima of
/// chains with other peaks, sizes and seconds are many of these. Which chains depends on nothing but the planner's own.
extension Planner {
  /// Optima of varied chains, each once.
  func optimaOfVariedChains() throws -> [Schedule] {
    let chains = try variedChains()
    let most = max(Self.fewestOptima, Self.mostStagesOfOptima / max(1, chains.count * chain.count))
    return distinct(chains.map { optimaOfOtherCounts($0, most: most) })
  }

  /// Schedules of few bytes of varied chains, each once.
  func smallestOfVariedChains() throws -> [Schedule] {
    distinct(try variedChains().map { try schedulesOfLeastBytes($0, count: Self.mostOfFewBytes).map(\.schedule) })
  }

  private func distinct(_ lists: [[Schedule]]) -> [Schedule] {
    var known: Set<Schedule> = []
    return lists.joined().filter { known.insert($0).inserted }
  }

  /// As many as are searched in some tenths of a second; none where counts are plans'.
  private func variedChains() throws -> [Chain] {
    guard replayMayCountTooMany else { return [] }
    let count = Self.variedChainCount(stageCount: chain.count, roundsKept: differentiated.roundsKept)
    guard count > 0 else { return [] }
    var random = SplitMix64(seed: 1)
    let plain = differentiated.roundsKept ? try chainWithoutRounding() : chain
    return try (0..<count).map { number in
      let base = number.isMultiple(of: 2) ? plain : chain
      return number == 0 && differentiated.roundsKept
        ? plain : try base.varied(&random, variesSizes: number / 2 % 2 == 1)
    }
  }

  private static func variedChainCount(stageCount: Int, roundsKept: Bool) -> Int {
    switch stageCount {
    case ...6: roundsKept ? 64 : 32
    case ...8 where roundsKept: 24
    case ...10 where roundsKept: 12
    case ...24 where roundsKept: 8
    case ...64 where roundsKept: 2
    // Of normalizations and residual blocks of more stages nothing is gained that is worth its time.
    default: 0
    }
  }

  /// Of all varied chains together.
  private static let mostStagesOfOptima = 16_384
  /// Of each varied chain.
  private static let fewestOptima = 16
  private static let mostOfFewBytes = 8
}

extension Chain {
  /// A chain of the same stages that counts otherwise.
  ///
  /// - Parameter variesSizes: whether what boundary values take while they are kept and executions' seconds are others
  ///   too, not the peaks alone.
  fileprivate func varied(_ random: inout SplitMix64, variesSizes: Bool) throws(ChainError) -> Chain {
    func peak(_ bytes: Int) -> Int { Int(Double(bytes) * (0.4 + 0.7 * random.nextFraction())) }
    func byInput(_ peaks: StagePeaks.ByInput) -> StagePeaks.ByInput {
      StagePeaks.ByInput(held: peak(peaks.held), ending: peak(peaks.ending))
    }
    var varied: [ChainStage] = []
    for (stage, peaks) in zip(stages, peaks) {
      var stage = stage
      stage.peaks = StagePeaks(
        forward: byInput(peaks.forward),
        forms: peaks.forms.map { form in
          StagePeaks.Form(
            forward: byInput(form.forward), forwardWithoutOutput: byInput(form.forwardWithoutOutput),
            reverse: byInput(form.reverse), reverseDerivingInput: peak(form.reverseDerivingInput))
        })
      if variesSizes {
        let kept = Double(stage.keptOutputBytes) * (0.5 + 1.5 * random.nextFraction())
        stage.keptOutputBytes = min(stage.outputBytes, Int(kept))
        stage.forwardSeconds *= 0.8 + 0.4 * random.nextFraction()
      }
      varied.append(stage)
    }
    return try Chain(
      stages: varied, inputBytes: inputBytes, lossPeak: lossPeak, instructionsPerExecution: instructionsPerExecution)
  }
}
