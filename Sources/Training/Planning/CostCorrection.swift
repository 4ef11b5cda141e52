package import CostModel
import Profiling
import SystemCalls

/// Corrects kept costs by a run whose times were not those that were predicted from them.
package struct CostCorrection {
  private let source: CostSource
  private let waitedBefore: UInt64?
  private let start = monotonicNanoseconds()

  /// Made before the first iteration.
  package init(of source: CostSource) {
    self.source = source
    waitedBefore = processorWaitNanoseconds()
  }

  /// Fewer timed iterations tell too little.
  package static let fewestIterations = 5
  /// A prediction that is off by a smaller part stands.
  package static let tolerance = 0.1
  /// Times differ from process to process: where a prediction is off by no more than this, the truth is taken to be in
  /// the middle; where it is off by more, it was wrong.
  private static let usualSpread = 0.25

  /// Corrects the costs, unless the prediction held or other programs took the processors.
  ///
  /// - Parameter predictedSeconds: of both passes over a full batch, gradients added up.
  /// - Returns: what was done, as a sentence; nil where nothing was to be corrected or there is no cache.
  package func apply<Element>(_ trainer: Trainer<Element>, predictedSeconds: Double) -> String? {
    guard let profile = trainer.timeProfile, profile.iteration.count >= Self.fewestIterations, predictedSeconds > 0,
      !wasDisturbed
    else { return nil }
    let excess = (profile.forward.median + profile.backward.median) / predictedSeconds - 1
    guard abs(excess) > Self.tolerance else { return nil }
    let weight = abs(excess) > Self.usualSpread ? 1 : 0.5
    let found =
      "both passes took \(Int((100 * abs(excess)).rounded())) % \(excess > 0 ? "longer" : "less") than predicted"
    do throws(SystemCallError) {
      var isKept = false
      for (plan, seconds) in trainer.timedPlans
      where try source.correct(plan, secondsOfInstruction: seconds, weight: weight) {
        isKept = true
      }
      return isKept ? "\(found): the costs kept for later runs are corrected" : nil
    } catch {
      return "\(found), and the corrected costs cannot be kept for later runs: \(error.description)"
    }
  }

  private var wasDisturbed: Bool {
    guard let waitedBefore, let waited = processorWaitNanoseconds(), waited >= waitedBefore else { return false }
    return waited - waitedBefore > (monotonicNanoseconds() - start) / 10
  }
}
