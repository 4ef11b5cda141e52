import ComputationGraph
import Configuration
import Reporting
import Testing
import Training

@Suite struct CheckTableTests {
  static func report(layers: Int = 3) -> CheckReport {
    let comparison = DerivativeComparison(derivative: 0.5, quotient: 0.5 + 1e-9, step: 6e-6, tolerance: 5e-8)
    let tensors = (0..<layers).flatMap { layer in
      ["weight", "bias"].map { kind in
        TensorCheck(
          name: "layers.\(2 * layer).\(kind)", shape: Shape(rows: 4, columns: 4), layer: 2 * layer, comparisonCount: 8,
          kinkCount: 1, worst: comparison, worstEntry: 3)
      }
    }
    func strategy(_ name: String, _ executions: Int) -> StrategyCheck {
      StrategyCheck(
        strategy: name, forwardExecutions: executions, recomputedProducts: executions - layers, plannedPeakBytes: 4096,
        measuredPeakBytes: 4096, firstDifference: nil)
    }
    return CheckReport(
      version: "1",
      machine: MachineFacts(
        processor: "p", cores: 1, threads: 1, instructionSet: "i", memoryBytes: 1, blas: "reference", kernelTable: nil),
      configuration: [:], precision: .float32, batchRows: 16, stageCount: layers,
      gradients: GradientCheck(
        rowCount: 4, loss: 1, tensors: tensors,
        directions: [DirectionCheck(direction: .gradient, comparison: comparison)]),
      precisionCheck: PrecisionCheck(
        [[Float]](repeating: [1], count: 2 * layers), reference: [[Double]](repeating: [1], count: 2 * layers),
        elementType: .float32, isBounded: true),
      keepAll: strategy("none", layers), strategies: [strategy("sqrt", 2 * layers)])
  }

  @Test func aRightNetworkPasses() {
    let report = Self.report()
    #expect(report.passes && report.failures.isEmpty)
    let table = checkTable(of: report)
    #expect(table.hasSuffix("passed: 48 entries of 6 parameters, 1 strategies\n"))
    #expect(!table.contains("FAILS") && !table.contains("DIFFER"))
  }

  @Test func aWrongEntryIsToldInTableAndSentence() {
    var report = Self.report()
    report.gradients.tensors[2].worst = DerivativeComparison(
      derivative: 0.5, quotient: 0.625, step: 6e-6, tolerance: 5e-8)
    #expect(!report.passes)
    #expect(
      report.failures == [
        "the gradient of layers.2.weight[3] is 0.5 and its difference quotient 0.625, 1.3e-1 apart where 5.0e-8 is allowed"
      ])
    let line = checkTable(of: report).split(separator: "\n").first { $0.hasPrefix("layers.2 ") }
    #expect(line?.hasSuffix("FAILS") == true)
    #expect(document(of: report)["check"]?["passed"] == false)
  }

  @Test func aStrategyWithOtherBitsIsTold() {
    var report = Self.report()
    report.strategies[0].firstDifference = StrategyCheck.Difference(place: "layers.0.weight", entry: 7)
    #expect(report.failures == ["under sqrt, layers.0.weight[7] has other bits than under keep-all"])
    #expect(checkTable(of: report).contains("DIFFER\n    first in layers.0.weight[7]\n"))
  }

  @Test func aPeakOtherThanPlannedIsTold() {
    var report = Self.report()
    report.strategies[0].measuredPeakBytes = 4160
    #expect(report.failures == ["under sqrt the arena's peak is 4160 bytes where 4096 were planned"])
  }

  @Test func aFloat32GradientPastItsBoundIsTold() {
    var report = Self.report()
    report.precisionCheck?.relativeErrors[1] = 2e-5
    #expect(report.failures.count == 1)
    report.precisionCheck?.tolerance = nil
    #expect(report.passes, "a network with kinks has no bound")
  }

  @Test(arguments: [1, 40, 2000])
  func linesFitAHundredColumns(layers: Int) {
    let lines = checkTable(of: Self.report(layers: layers)).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 100 })
    #expect(lines.count < 300)
  }
}
