import ArenaMemory
import ComputationGraph
import Execution
import ExecutionPlanning
package import Kernels

extension NetworkSession {
  /// Where the first number that is not finite appears: the batch is differentiated once more, at the parameters as
  /// they are.
  ///
  /// - Parameters:
  ///   - quantity: what was found not to be finite: `loss` or `gradient`.
  ///   - epoch: counted from 0.
  /// - Returns: a `TrainingError`, or why it could not be found.
  package func divergence(
    _ quantity: String, rows: ArraySlice<Int>, context: RunContext, epoch: Int
  ) -> any Error {
    let stageNames = plans.stages.stages.map(\.name)
    let locators = trainingRuns.map {
      NonFiniteLocator(
        $0, arena: arena, storage: storage, gradients: gradientBlocks[$0.thread], stageNames: stageNames)
    }
    do {
      _ = try differentiate(rows: rows, context: context, observers: locators.map { [$0] })
    } catch {
      return error
    }
    // Threads run side by side: the earliest instruction counts.
    let first = locators.compactMap(\.finding).min { $0.instruction < $1.instruction }
    return TrainingError.diverged(
      Divergence(
        iteration: Int(context.iteration) + 1, epoch: epoch + 1, quantity: quantity,
        origin: first?.origin ?? summedGradientOrigin))
  }

  /// Gradients that are finite from every thread and micro-batch, and whose sum is not.
  private var summedGradientOrigin: Divergence.Origin? {
    guard fusedUpdates == nil else { return nil }
    for index in storage.parameters.indices {
      guard let element = storage.firstNotFinite(ofParameter: index, in: storage.gradientBlock) else { continue }
      let name = storage.parameters[index].name
      return Divergence.Origin(
        stage: name, operation: "the sum over rows", phase: "backward", element: element, parameter: name)
    }
    return nil
  }

  /// What an update has left that is not finite; nil where every parameter is.
  ///
  /// - Parameters:
  ///   - iteration: of the update, counted from 0.
  ///   - epoch: counted from 0.
  func parameterDivergence(iteration: Int, epoch: Int) -> TrainingError? {
    for index in storage.parameters.indices {
      guard let element = storage.firstNotFinite(ofParameter: index, in: storage.parameterBlock) else { continue }
      let name = storage.parameters[index].name
      return .diverged(
        Divergence(
          iteration: iteration + 1, epoch: epoch + 1, quantity: "parameter",
          origin: Divergence.Origin(
            stage: name, operation: "the optimizer", phase: "update", element: element, parameter: name)))
    }
    return nil
  }
}
