import ComputationGraph
import ExecutionPlanning
import Testing

@Suite struct OperandTests {
  @Test func standsInAListAsItIs() {
    let numbers = [0, 1, 7, 8, 1000, 1 << 29 - 1]
    let operands =
      [.input, .target, .loss, .correctCount]
      + numbers.flatMap { [Operand.buffer($0), .parameter($0), .gradient($0), .state($0)] }
    for operand in operands { #expect(OperandList([operand])[0] == operand) }
    #expect(Set(operands.map(\.packed)).count == operands.count)
  }
}
