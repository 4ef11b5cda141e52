import Checkpointing
import ComputationGraph
import Differentiation
import ExecutionPlanning
import TestSupport
import Testing

/// Large blocks can be kept in part, and what is said of it is so.
@Suite struct PartialFormsTests {
  private static func planner(_ network: NetworkDescription) throws -> Planner {
    try Planner(
      DifferentiatedGraph(of: Graph(network, batchRows: 64, mode: .training)), costs: .operationCounts
    ) { _, _ in 0 }
  }

  /// Each form holds fewer bytes than the next, and executes one product again for each value it leaves out.
  @Test func formsHoldEverMoreOfABlock() throws {
    let planner = try Self.planner(.block(products: 17))
    let forms = planner.chain.stages[1].forms
    #expect(forms.map(\.name) == ["compact", "full", "parts:2", "parts:3", "parts:4", "parts:5", "parts:9", "restart"])
    let partial = forms.filter { $0.productsExecutedAgain > 0 }
    let unit = 64 * 16 * 4
    // Sixteen pre-activations are held compactly; the block's last product is read by no reverse step.
    #expect(forms[0].byteCount == 16 * unit && forms[0].productsExecutedAgain == 0)
    #expect(partial.map(\.byteCount) == [1, 2, 3, 4, 8].map { $0 * unit })
    #expect(partial.map(\.productsExecutedAgain) == [15, 14, 13, 12, 8])
  }

  /// Among them is the one with least live bytes in the reverse step: about the square root of twice the values.
  @Test func theLargestPartIsShort() throws {
    let chain = try Self.planner(.block(products: 37)).chain
    let reversals = zip(chain.stages[1].forms, chain.peaks[1].forms).filter { $0.0.productsExecutedAgain > 0 }
    let unit = 64 * 16 * 4
    let least = try #require(reversals.map { $0.1.reverse.held }.min())
    // 36 values: 8 at most of them, and a few values on the way.
    #expect(least <= (8 + 4) * unit)
    let compact = chain.peaks[1].forms[0].reverse.held
    #expect(least * 3 < compact)
  }

  @Test func smallBlocksAndPlainStagesHaveNone() throws {
    for network in [.block(products: 2), NetworkDescription.block(products: 1)] {
      for stage in try Self.planner(network).chain.stages {
        #expect(stage.forms.allSatisfy { $0.productsExecutedAgain == 0 })
      }
    }
  }

  /// Reversing a large block in part takes the network below what whole executions of it need.
  @Test func blocksKeptInPartNeedFewerBytes() throws {
    let planner = try Self.planner(.block(products: 17))
    let choices = try PlanChoices(of: planner)
    let least = try #require(try choices.fastest(withinBytes: choices.leastFeasibleByteCount))
    #expect(least.plan.executions.partial > 0)
    let keepAll = try planner.plan(for: makeSchedule(.none, for: planner.chain))
    #expect(Double(choices.leastFeasibleByteCount) < 0.6 * Double(keepAll.peakByteCount))
    #expect(try choices.fastest(withinBytes: choices.leastFeasibleByteCount - 1) == nil)
  }
}
