import Checkpointing
import Testing

/// What is told of each stage agrees with the replay, and reasons are those of the schedule.
@Suite struct ScheduleExplanationTests {
  private func explained(_ strategy: Strategy, _ count: Int) throws -> [StageExplanation] {
    let chain = try Chain.unit(count)
    return explain(try makeSchedule(strategy, for: chain), on: chain)
  }

  @Test func executionsAreThoseOfTheReplay() throws {
    for count in 1...40 {
      let chain = try Chain.unit(count)
      for strategy in [Strategy.none, .sqrt, .every(4), .recursive, .revolve(3), .mixed(2), .mixed(7)] {
        let schedule = try makeSchedule(strategy, for: chain)
        let explanations = explain(schedule, on: chain)
        #expect(explanations.map(\.executions) == (try replay(schedule, on: chain)).executionsPerStage)
        let held = explanations.indices.filter { explanations[$0].firstKeep == .checkpoint }
        #expect(held == schedule.checkpoints, "\(strategy) on \(count)")
        for explanation in explanations {
          let isRecomputed =
            switch explanation.reason {
            case .restartValue, .recomputed: true
            case .lastSegment, .keptThroughout, .boundaryValuesSuffice, .keptInPart: false
            }
          #expect(isRecomputed == (explanation.executions > 1), "\(strategy) on \(count)")
        }
      }
    }
  }

  @Test func reasonsOfSegments() throws {
    let last = StageExplanation(firstKeep: .residuals, form: 0, executions: 1, restarts: 0, reason: .lastSegment)
    func first(_ upTo: Int) -> StageExplanation {
      StageExplanation(
        firstKeep: .checkpoint, form: 0, executions: 2, restarts: 1, reason: .restartValue(upTo: upTo))
    }
    func inner(_ from: Int) -> StageExplanation {
      StageExplanation(firstKeep: .nothing, form: 0, executions: 2, restarts: 0, reason: .recomputed(from: from))
    }
    #expect(try explained(.none, 3) == [last, last, last])
    #expect(
      try explained(.segments(3), 8) == [first(2), inner(0), inner(0), first(5), inner(3), inner(3), last, last])
    #expect(
      try explained(.revolve(1), 3) == [
        StageExplanation(firstKeep: .checkpoint, form: 0, executions: 3, restarts: 2, reason: .restartValue(upTo: 1)),
        StageExplanation(firstKeep: .nothing, form: 0, executions: 2, restarts: 0, reason: .recomputed(from: 0)), last,
      ])
  }

  /// Residuals kept over a later stage that is executed again, a reverse step that reads input and output alone, and
  /// one that executes the product again.
  @Test func reasonsOfOtherSchedules() throws {
    let stage = ChainStage(
      outputBytes: 1, forwardSeconds: 1, backwardSeconds: 1,
      forms: [
        ResidualForm(name: "output", byteCount: 0, holdsOutput: true),
        ResidualForm(name: "input", byteCount: 0, productsExecutedAgain: 1, extraBackwardSeconds: 1),
      ])
    let chain = try Chain(stages: [stage, stage, stage])
    let schedule = try Schedule(
      strategy: "file:x",
      actions: [
        .forward(stage: 0, keep: .residuals, form: 0), .forward(stage: 1, keep: .checkpoint, form: 0),
        .forward(stage: 2, keep: .residuals, form: 1), .backward(stage: 2), .discard(stage: 2, what: .residuals),
        .restore(stage: 1), .discard(stage: 1, what: .checkpoint), .forward(stage: 1, keep: .residuals, form: 0),
        .backward(stage: 1), .discard(stage: 1, what: .residuals), .backward(stage: 0),
        .discard(stage: 0, what: .residuals),
      ], on: chain)
    let reasons = explain(schedule, on: chain).map(\.reason)
    #expect(reasons == [.keptThroughout, .restartValue(upTo: 1), .keptInPart(products: 1)])
    let boundary = try Schedule(
      strategy: "file:x",
      actions: [
        .forward(stage: 0, keep: .nothing, form: 0), .forward(stage: 1, keep: .residuals, form: 0),
        .forward(stage: 2, keep: .residuals, form: 0), .backward(stage: 2), .discard(stage: 2, what: .residuals),
        .backward(stage: 1), .backward(stage: 0), .discard(stage: 1, what: .residuals),
      ], on: chain)
    #expect(explain(boundary, on: chain).map(\.reason) == [.boundaryValuesSuffice, .lastSegment, .lastSegment])
  }
}
