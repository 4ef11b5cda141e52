import ComputationGraph
import Testing

@Suite struct OperandListTests {
  private static func values(_ indices: [Int]) -> OperandList<ValueID> {
    OperandList(indices.map { ValueID(index: $0) })
  }

  @Test func holdsUpToSixOperandsInOrder() {
    for count in 0...6 {
      let indices = (0..<count).map { 1_000_000 * (count - $0) }
      let list = Self.values(indices)
      #expect(list.map(\.index) == indices)
      #expect(list.count == count && list.isEmpty == (count == 0))
      #expect(list.last?.index == indices.last && list.indices == 0..<count)
      #expect(list.mapped { ValueID(index: $0.index + 1) }.map(\.index) == indices.map { $0 + 1 })
    }
  }

  @Test func isEqualToAListOfTheSameOperandsAlone() {
    let list = Self.values([3, 1])
    var other: OperandList = [ValueID(index: 3)]
    #expect(list != other)
    other.append(ValueID(index: 1))
    #expect(list == other && list.hashValue == other.hashValue)
    other[0] = ValueID(index: 4)
    #expect(list != other && Self.values([1, 3]) != list)
  }
}
