import ComputationGraph
import CostModel
import ExecutionPlanning
import Testing

@Suite struct CostTableTests {
  static func work(
    _ operation: Operator, rows: Int, cold: UInt16 = 0, count: Int = 1, seconds: Double?
  ) -> PricedWork {
    let shape = Shape(rows: rows, columns: 64)
    let inputs = operation.isProduct ? [shape, Shape(rows: 64, columns: 64)] : [shape, shape]
    return PricedWork(
      key: CostKey(
        CostSignature(operation, inputs: inputs, elementType: .float32), coldOperands: OperandSet(rawValue: cold)),
      operation: operation, inputs: inputs, count: count, seconds: seconds)
  }

  static let product = Operator.linearInputGradient

  @Test func whatWasMeasuredIsGivenBack() {
    let works = [
      Self.work(Self.product, rows: 8, seconds: 3), Self.work(Self.product, rows: 8, cold: 3, seconds: 5),
      Self.work(.add, rows: 8, seconds: 7),
    ]
    let table = CostTable(works, secondsPerInstruction: 0)
    for work in works { #expect(table.seconds(of: work) == work.seconds) }
  }

  @Test func theNearestSetOfColdOperandsServes() {
    let table = CostTable(
      [Self.work(.add, rows: 8, cold: 0, seconds: 1), Self.work(.add, rows: 8, cold: 0b111, seconds: 4)],
      secondsPerInstruction: 0)
    #expect(table.seconds(of: Self.work(.add, rows: 8, cold: 0b001, seconds: nil)) == 1)
    #expect(table.seconds(of: Self.work(.add, rows: 8, cold: 0b110, seconds: nil)) == 4)
  }

  /// Twice the operations take twice as long as was measured of the same operator, else of the same kind.
  @Test func otherShapesAreReckonedFromMeasuredOnes() {
    let table = CostTable(
      [Self.work(Self.product, rows: 1000, seconds: 3), Self.work(.add, rows: 1000, seconds: 0.5)],
      secondsPerInstruction: 0)
    func seconds(_ operation: Operator, _ rows: Int) -> Double {
      table.seconds(of: Self.work(operation, rows: rows, seconds: nil))
    }
    #expect(abs(seconds(Self.product, 2000) - 6) < 1e-6)
    #expect(abs(seconds(.add, 4000) - 2) < 1e-9)
    // Another product takes as much longer than its count says as the measured one.
    let counted = Self.work(.linear(bias: false, activation: nil), rows: 1000, seconds: nil).countedSeconds(.generated)
    let measuredCount = Self.work(Self.product, rows: 1000, seconds: nil).countedSeconds(.generated)
    #expect(abs(seconds(.linear(bias: false, activation: nil), 1000) - 3 * counted / measuredCount) < 1e-6)
  }

  @Test func withoutAnythingMeasuredCountsServe() {
    let work = Self.work(.add, rows: 8, seconds: nil)
    let table = CostTable([], secondsPerInstruction: 0)
    #expect(table.seconds(of: work) == work.countedSeconds(.generated))
  }

  @Test func schedulersReckonWithTheMeanOfAllExecutions() throws {
    let network = NetworkDescription(
      layers: [.linear(units: 64, bias: false)], loss: .meanSquaredError, inputFeatures: 64, targetColumns: 64)
    let graph = try Graph(network, batchRows: 8, mode: .training)
    let node = graph.nodes[0]
    let table = CostTable(
      [
        Self.work(node.operation, rows: 8, cold: 0, count: 3, seconds: 1),
        Self.work(node.operation, rows: 8, cold: 1, count: 1, seconds: 5),
      ], secondsPerInstruction: 0)
    #expect(table.typicalSeconds(of: node, in: graph) == 2)
    #expect(table.nodeCosts.seconds(of: node, in: graph) == 2)
  }

  @Test func operationCountsTakeTheLongerOfArithmeticAndMemory() {
    let rates = OperationRates(flopsPerSecond: 100, bytesPerSecond: 1000)
    let shape = Shape(rows: 10, columns: 10)
    // 100 operations and 1,200 bytes.
    #expect(rates.seconds(.add, inputs: [shape, shape], elementType: .float32) == 1.2)
    #expect(rates.seconds(.linearInputGradient, inputs: [shape, shape], elementType: .float32) == 20)
  }
}
