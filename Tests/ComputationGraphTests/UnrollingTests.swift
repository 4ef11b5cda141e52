import ComputationGraph
import Testing

@Suite struct UnrollingTests {
  private let linear = LayerDescription.linear(units: 4, bias: true)
  private let relu = LayerDescription.activation(.relu)

  @Test func copiesFollowEachOther() {
    let layers: [LayerDescription] = [
      relu, .repeated(count: 2, layers: [linear, .repeated(count: 3, layers: [relu]), linear]), relu,
    ]
    #expect(unrolled(layers) == [relu, linear, relu, relu, relu, linear, linear, relu, relu, relu, linear, relu])
  }

  @Test func skipBlocksKeepTheirLists() {
    let block = LayerDescription.residual(layers: [.repeated(count: 2, layers: [linear]), relu])
    #expect(unrolled([.repeated(count: 2, layers: [block])]) == [block, block])
  }

  @Test func nothingStaysNothing() {
    #expect(unrolled([]) == [])
    let empty = LayerDescription.repeated(count: 1000, layers: [.repeated(count: 1000, layers: [])])
    #expect(unrolled([empty, .repeated(count: 0, layers: [relu])]) == [])
  }
}
