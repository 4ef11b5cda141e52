import Checkpointing
import Testing

/// What bytes are worth at a stage, by hand.
@Suite struct MarginalValueTests {
  /// Stages of one second whose output takes 10 bytes; the middle one holds 8 inside, or 3 for half a second more.
  private static func chain() throws -> Chain {
    let plain = ChainStage(
      outputBytes: 10, forwardSeconds: 1, backwardSeconds: 2,
      forms: [ResidualForm(name: "output", byteCount: 0, holdsOutput: true)])
    let middle = ChainStage(
      outputBytes: 10, forwardSeconds: 4, backwardSeconds: 2,
      forms: [
        ResidualForm(name: "less", byteCount: 3, extraBackwardSeconds: 0.5), ResidualForm(name: "all", byteCount: 8),
      ])
    return try Chain(stages: [plain, middle, plain])
  }

  private static func values(_ strategy: Strategy) throws -> [MarginalValue] {
    let chain = try chain()
    return marginalValues(of: explain(try makeSchedule(strategy, for: chain), on: chain), on: chain)
  }

  @Test func keptStages() throws {
    let values = try Self.values(.none)
    #expect(values[0] == MarginalValue(less: Exchange(byteCount: 10, seconds: 1)))
    // In the smaller form: given up altogether for 4 seconds, or 5 bytes more for half a second less.
    #expect(
      values[1]
        == MarginalValue(less: Exchange(byteCount: 13, seconds: 4), more: Exchange(byteCount: 5, seconds: 0.5)))
  }

  /// Stage 0 is executed twice, from the network's input, which takes no bytes; stage 1's input is a restart value.
  @Test func recomputedStages() throws {
    let values = try Self.values(.every(1))
    #expect(values[0] == MarginalValue(more: Exchange(byteCount: 10, seconds: 1)))
    #expect(values[1].less == Exchange(byteCount: 10, seconds: 1))
    #expect(values[1].more == Exchange(byteCount: 13, seconds: 4))
  }
}
