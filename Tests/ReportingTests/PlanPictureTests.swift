import Checkpointing
import ComputationGraph
import ExecutionPlanning
import Kernels
import Reporting
import TestSupport
import Testing
import Training

/// The picture of a plan says what the plan does, in as many lines and columns as there are.
@Suite struct PlanPictureTests {
  static let strategies: [Strategy] = [.none, .sqrt, .every(3), .recursive, .revolve(2), .mixed(3)]

  private func planner(_ network: NetworkDescription, rows: Int) throws -> Planner {
    try TrainingPlans.planner(of: network, rows: rows, library: ReferenceKernels())
  }

  /// tanh stages, reversed from input and output alone.
  private func chain(stages: Int) throws -> Planner {
    try planner(
      NetworkDescription(
        layers: [.repeated(count: stages, layers: [.linear(units: 16, bias: false), .activation(.tanh)])],
        loss: .meanSquaredError, inputFeatures: 16, targetColumns: 16, elementType: .float32), rows: 4)
  }

  @Test func theHighestBytesAreTheLowerBound() throws {
    for seed in UInt64(0)..<40 {
      let network = NetworkDescription.random(seed: seed, depth: 9, elementType: .float32)
      let planner = try planner(network, rows: 5)
      for strategy in Self.strategies {
        let plan = try planner.plan(for: makeSchedule(strategy, for: planner.chain))
        #expect(plan.liveByteCounts().max() == plan.lowerBoundByteCount, "seed \(seed), \(strategy)")
        let picture = PlanPicture(of: plan, stageCount: planner.chain.count, rowLimit: 7, columnLimit: 5)
        #expect(picture.liveBytes.max() == plan.lowerBoundByteCount)
        #expect(picture.columns.count == min(5, planner.chain.count) && picture.rows.count <= 7)
        #expect(picture.columns.flatMap(\.self) == Array(0..<planner.chain.count))
        #expect(picture.rows.flatMap(\.self) == Array(plan.instructions.indices))
      }
    }
  }

  /// Without slices each cell is one instruction and one stage.
  @Test func cellsAreWhatInstructionsDo() throws {
    let planner = try chain(stages: 9)
    for strategy in Self.strategies {
      let schedule = try makeSchedule(strategy, for: planner.chain)
      let plan = try planner.plan(for: schedule)
      let picture = PlanPicture(of: plan, stageCount: 9, rowLimit: .max, columnLimit: .max)
      var recomputed = 0
      for (row, instruction) in plan.instructions.enumerated() {
        for column in 0..<9 {
          let cell = picture[row: row, column: column]
          let isHere = instruction.stage == column
          #expect(cell.isExecuted == (isHere && instruction.phase == .forward))
          #expect(cell.isRecomputed == (isHere && instruction.phase == .recompute))
          #expect(cell.isReversed == (isHere && instruction.phase == .backward))
          if cell.isRecomputed { recomputed += 1 }
          let held = plan.buffers.contains {
            $0.category == .activation && $0.stage == column && $0.liveRange.contains(row)
          }
          #expect((cell.holdsResiduals || cell.holdsRestartValue) == held)
        }
      }
      #expect(recomputed == schedule.recomputedExecutions - plan.executions.elided, "\(strategy)")
      #expect((recomputed > 0) == (strategy != .none), "\(strategy)")
    }
  }

  /// Three segments of three: the inputs of the first two are held to restart from, the last is reversed at once.
  @Test func aPictureInCharacters() throws {
    let planner = try chain(stages: 9)
    let plan = try planner.plan(for: makeSchedule(.segments(3), for: planner.chain))
    let picture = PlanPicture(of: plan, stageCount: 9, rowLimit: .max, columnLimit: .max)
    let lines = picture.terminalLines(width: 50, colour: false)
    let grid = lines.dropFirst().prefix(picture.rows.count).map { String($0.dropFirst(6).prefix(9)) }
    #expect(
      grid.joined(separator: "\n") == """
        >........
        #>.......
        .#>......
        ..c>.....
        ..c#>....
        ..c.#>...
        ..c..#>..
        ..c..##>.
        ..c..###>
        ..c..####
        ..c..####
        ..c..###<
        ..c..###<
        ..c..###<
        ..c..##<.
        ..c..##<.
        ..c..##<.
        ..c..#<..
        ..c..#<..
        ..c...<..
        ..cr.....
        ..#cr....
        ..##cr...
        ..###<...
        ..###<...
        ..###<...
        ..##<....
        ..##<....
        ..##<....
        ..#<.....
        ..#<.....
        ...<.....
        r........
        cr.......
        #cr......
        ##<......
        ##<......
        ##<......
        #<.......
        #<.......
        #<.......
        <........
        <........
        """)
    #expect(lines.first == "time  0       8  live bytes")
  }

  @Test func widthsAreKept() throws {
    for stages in [1, 2, 9, 70] {
      let planner = try chain(stages: stages)
      let plan = try planner.plan(for: makeSchedule(.sqrt, for: planner.chain))
      for width in [50, 80, 100, 300] {
        let picture = PlanPicture(
          of: plan, stageCount: stages, rowLimit: PlanPicture.terminalRows,
          columnLimit: PlanPicture.gridColumns(width: width))
        let plain = picture.terminalLines(width: width, colour: false)
        #expect(plain.count <= 40)
        #expect(plain.dropLast(3).allSatisfy { $0.count <= min(width, 100) }, "\(stages) in \(width)")
        #expect(plain.allSatisfy { $0.count <= 80 || width > 80 })
        #expect(!plain.contains { $0.contains("\u{1B}") })
        let coloured = picture.terminalLines(width: width, colour: true)
        #expect(coloured.map { $0.replacing(#/\x1B\[[0-9;]*m/#, with: "") } == plain)
        #expect(coloured != plain)
      }
    }
  }
}
