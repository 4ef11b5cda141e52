import ArenaMemory
package import Execution
import ExecutionPlanning

extension NetworkSession {
  /// A verifier for each of ``trainingRuns``.
  package func makeVerifiers() -> [RecomputationVerifier] {
    trainingRuns.map {
      RecomputationVerifier(plan: $0.executor.plan, arena: arena, arenaOffset: $0.executor.arenaOffset)
    }
  }

  /// Throws where a verifier found a value that was computed again with other bits.
  ///
  /// - Parameter iteration: counted from 0.
  package func check(_ verifier: RecomputationVerifier, iteration: Int) throws {
    if let failure = verifier.failure { throw failure }
    if let mismatch = verifier.mismatch {
      throw TrainingError.recomputationDiffers(
        iteration: iteration + 1, stage: plans.stages.stages[mismatch.stage].name, operation: mismatch.operation)
    }
  }
}
