import Checkpointing
import Testing

@Suite struct ReplayTests {
  /// Three stages: one kept by an interior value that derives its output, one by its output alone, one by an interior.
  static func mixedChain() throws -> Chain {
    try Chain(stages: [
      ChainStage(
        outputBytes: 10, forwardSeconds: 1, backwardSeconds: 2, forwardWorkspaceBytes: 1, backwardWorkspaceBytes: 2,
        forms: [
          ResidualForm(
            name: "preActivation", byteCount: 7, derivesOutput: true, extraBackwardSeconds: 0.25, deriveSeconds: 0.5),
          ResidualForm(name: "nothing", byteCount: 0, productsExecutedAgain: 1, extraBackwardSeconds: 1),
        ]),
      ChainStage(
        outputBytes: 20, forwardSeconds: 10, backwardSeconds: 20,
        forms: [ResidualForm(name: "output", byteCount: 0, holdsOutput: true)]),
      ChainStage(
        outputBytes: 3, forwardSeconds: 100, backwardSeconds: 200, forwardWorkspaceBytes: 4,
        forms: [ResidualForm(name: "interior", byteCount: 5)]),
    ])
  }

  static func keep(_ stage: Int, _ form: Int = 0) -> Action { .forward(stage: stage, keep: .residuals, form: form) }
  static func run(_ stage: Int) -> Action { .forward(stage: stage, keep: .nothing, form: 0) }
  static func mark(_ stage: Int) -> Action { .forward(stage: stage, keep: .checkpoint, form: 0) }
  static func back(_ stage: Int) -> Action { .backward(stage: stage) }
  static func drop(_ stage: Int) -> Action { .discard(stage: stage, what: .residuals) }
  static func unmark(_ stage: Int) -> Action { .discard(stage: stage, what: .checkpoint) }
  static func restore(_ stage: Int) -> Action { .restore(stage: stage) }

  static let keepAll = [keep(0), keep(1), keep(2), back(2), drop(2), back(1), drop(1), back(0), drop(0)]

  @Test func countsBytesOfKeepAll() throws {
    let chain = try Self.mixedChain()
    let schedule = try Schedule(strategy: "none", actions: Self.keepAll, on: chain)
    let summary = try replay(schedule, on: chain)
    #expect(schedule.actions == (try makeSchedule(.none, for: chain)).actions)
    // Forward: 10+7+1 = 18 | 7+10+20 = 37 (x_1 is derived later, so it goes) | 7+20+5+3+4 = 39; loss 7+20+5+3+3 = 38.
    // Backward: 7+20+5+3+20 = 55 | 7+20, cotangents 20+10, x_1 derived: 67 | 7+10+2 = 19.
    #expect(summary.peakBytes == 67)
    #expect(summary.peakActionIndex == 5)
    #expect(summary.forwardExecutions == 3 && summary.executionsPerStage == [1, 1, 1])
    #expect(summary.peakUnits == 3 && summary.peakResidualSets == 3 && summary.peakRestartValues == 0)
    #expect(summary.seconds == 333.75)
    #expect(summary.reverseStepsFromBoundaryValues == 0)
    #expect(try replay(schedule, on: chain, budgetBytes: 67).peakBytes == 67)
    #expect {
      try replay(schedule, on: chain, budgetBytes: 66)
    } throws: { error in
      (error as? ScheduleViolation)?.description
        == "action 5 of the schedule breaks the law that live bytes are within the budget at every action: "
        + "67 bytes are live and 66 are allowed"
    }
  }

  /// Numbers of stages are whatever a file has.
  @Test(arguments: [3, -1, Int.max, Int.min]) func stagesThatDoNotExist(stage: Int) throws {
    for action in [Self.mark(stage), Self.run(stage), Self.back(stage), Self.restore(stage), Self.drop(stage)] {
      #expect {
        try Schedule(strategy: "file:x", actions: [action] + Self.keepAll, on: Self.mixedChain())
      } throws: { error in
        (error as? ScheduleViolation)?.description.contains("action 0") == true
      }
    }
  }

  @Test func theNetworkInputIsAConstant() throws {
    let chain = try Self.mixedChain()
    let larger = try Chain(stages: chain.stages, inputBytes: 1000)
    let schedule = try makeSchedule(.none, for: chain)
    #expect(try replay(schedule, on: larger).peakBytes == 1067)
  }

  @Test func reversesFromBoundaryValuesWhereTheyAreLive() throws {
    let chain = try Self.mixedChain()
    // Stage 1 is never executed to be kept: its input and output are restart values. Stage 0 executes a product
    // within its reverse step.
    let actions = [
      Self.run(0), Self.mark(1), Self.mark(2), Self.restore(2), Self.keep(2), Self.back(2), Self.drop(2),
      Self.back(1), Self.unmark(1), Self.unmark(2), Self.back(0),
    ]
    #expect(try Schedule(strategy: "x", actions: actions, on: chain).prescribedForwardExecutions == 4)
    let shorter = [
      Self.run(0), Self.mark(1), Self.keep(2), Self.back(2), Self.back(1), Self.drop(2), Self.unmark(1), Self.back(0),
    ]
    // The residuals of stage 2 hold x_2, which stage 1's reverse step reads.
    let schedule = try Schedule(strategy: "x", actions: shorter, on: chain)
    let summary = try replay(schedule, on: chain)
    #expect(summary.executionsPerStage == [1, 1, 1] && summary.partialExecutions == 1)
    #expect(schedule.prescribedForwardExecutions == 3 && schedule.recomputedExecutions == 0)
    #expect(summary.reverseStepsFromBoundaryValues == 2)
    #expect(summary.seconds == 111 + 222 + 1)
    // Largest at the reverse step of stage 1: x_1 10, x_2 20, interior 5, cotangents 20 and 10.
    #expect(summary.peakBytes == 65)
  }

  @Test func restoresADerivedValue() throws {
    let chain = try Self.mixedChain()
    let actions = [
      Self.keep(0), Self.run(1), Self.keep(2), Self.back(2), Self.drop(2), Self.restore(1), Self.keep(1), Self.back(1),
      Self.drop(1), Self.back(0), Self.drop(0),
    ]
    let summary = try replay(Schedule(strategy: "x", actions: actions, on: chain), on: chain)
    #expect(summary.executionsPerStage == [1, 2, 1])
    // x_1 is derived to restart from it, and once more for the reverse step of stage 1.
    #expect(summary.seconds == 121 + 222 + 0.25 + 2 * 0.5)
  }

  @Test(arguments: [
    (
      "a stage out of range", [keep(3)], ScheduleLaw.namesExist, 0
    ),
    ("a form out of range", [keep(0), keep(1, 1)], .namesExist, 1),
    ("a gap", [run(0), run(2)], .forwardStartsFromLiveInput, 1),
    ("a stage twice", [run(0), run(0)], .forwardStartsFromLiveInput, 1),
    ("a restart value never kept", [run(0), run(1), restore(1)], .restoredValueIsLive, 2),
    (
      "a value of a stage that is reversed", keepAll.dropLast() + [restore(1), drop(0)], .restoredValueIsLive, 8
    ),
    ("the wrong order", [keep(0), keep(1), keep(2), back(1)], .stagesReverseInOrder, 3),
    ("a reversal twice", keepAll.dropLast() + [back(0)], .stagesReverseInOrder, 8),
    ("no residuals", [mark(0), run(1), run(2), back(2)], .reverseStepReadsLiveValues, 3),
    ("no loss", [keep(0), keep(1), back(2)], .lossReadsLiveOutput, 2),
    ("residuals kept twice", [keep(0), restore(0), keep(0)], .keptStagesRunOnce, 2),
    ("a restart value kept twice", [mark(0), restore(0), mark(0)], .keptOnce, 2),
    ("a discard of nothing", [run(0), unmark(0)], .keptOnce, 1),
    ("kept for nothing", [mark(0), unmark(0)], .nothingKeptInVain, 1),
    (
      "kept too long",
      [mark(0), run(1), run(2), restore(0), keep(0), unmark(0)], .nothingKeptInVain, 5
    ),
    (
      "discarded too early",
      [run(0), mark(1), run(2), restore(1), unmark(1), run(1), run(2), restore(1)], .nothingDiscardedTooEarly, 4
    ),
    (
      "a derived input discarded too early",
      [keep(0), keep(1), keep(2), back(2), drop(2), restore(1), drop(0), restore(0), back(1)],
      .nothingDiscardedTooEarly, 6
    ),
    (
      "executed again though kept in the first sweep",
      [keep(0), keep(1), keep(2), back(2), drop(2), restore(0), keep(0)],
      .keptStagesRunOnce, 6
    ),
    ("an end too soon", Array(keepAll.prefix(7)), .endsEmpty, 7),
    ("residuals at the end", Array(keepAll.dropLast()), .endsEmpty, 8),
    (
      "a restart value at the end", [mark(0)] + [restore(0)] + keepAll, .endsEmpty, 11
    ),
  ])
  func namesTheFirstLawBroken(name: String, actions: [Action], law: ScheduleLaw, index: Int) throws {
    let chain = try Self.mixedChain()
    do {
      _ = try Schedule(strategy: name, actions: actions, on: chain)
      Issue.record("\(name): no law was broken")
    } catch {
      #expect(error.law == law && error.actionIndex == index, "\(name): \(error)")
    }
  }

  @Test func refusesAScheduleOfAnotherLength() throws {
    let schedule = try makeSchedule(.none, for: Chain.unit(2))
    #expect(throws: ScheduleViolation.self) { try replay(schedule, on: Self.mixedChain()) }
  }

  @Test func chainsAreChecked() throws {
    let form = ResidualForm(name: "output", byteCount: 0, holdsOutput: true)
    func stage(bytes: Int = 1, seconds: Double = 1, forms: [ResidualForm]) -> ChainStage {
      ChainStage(outputBytes: bytes, forwardSeconds: seconds, backwardSeconds: 1, forms: forms)
    }
    let wrong = [
      [], [stage(forms: [])], [stage(bytes: -1, forms: [form])], [stage(seconds: .nan, forms: [form])],
      [stage(bytes: Int.max, forms: [form])], [stage(forms: [form, ResidualForm(name: "a", byteCount: -5)])],
      [
        stage(bytes: Chain.maximumByteCount / 4, forms: [form]),
        stage(bytes: Chain.maximumByteCount / 3, forms: [form]),
      ],
    ]
    for stages in wrong { #expect(throws: ChainError.self) { try Chain(stages: stages) } }
    let chain = try Chain(stages: [stage(forms: [form]), stage(forms: [form]), stage(bytes: 2, forms: [form])])
    #expect(chain.uniformRuns == [0..<2, 2..<3])
    #expect((0...3).map(chain.boundaryBytes) == [0, 1, 1, 2])
  }
}
