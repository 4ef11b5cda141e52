import ComputationGraph
import Configuration
import Testing

@Suite struct UnrollingTests {
  private let linear = LayerDescription.linear(units: 4, bias: true)
  private let relu = LayerDescription.activation(.relu)

  @Test func copiesFollowEachOther() throws {
    let model = ModelConfiguration(layers: [
      relu, .repeated(count: 2, layers: [linear, .repeated(count: 3, layers: [relu]), linear]), relu,
    ])
    #expect(
      try model.unrolledLayers() == [
        relu, linear, relu, relu, relu, linear, linear, relu, relu, relu, linear, relu,
      ])
  }

  @Test func skipBlocksAreUnrolledInside() throws {
    let model = ModelConfiguration(layers: [
      .repeated(count: 2, layers: [.residual(layers: [.repeated(count: 2, layers: [linear]), relu])])
    ])
    let block = LayerDescription.residual(layers: [linear, linear, relu])
    #expect(try model.unrolledLayers() == [block, block])
  }

  @Test func nothingStaysNothing() throws {
    #expect(try ModelConfiguration(layers: []).unrolledLayers() == [])
    let empty = LayerDescription.repeated(count: .max, layers: [.repeated(count: .max, layers: [])])
    #expect(try ModelConfiguration(layers: [empty, .repeated(count: 0, layers: [relu])]).unrolledLayers() == [])
  }

  @Test(arguments: [1_000_001, .max])
  func tooManyCopies(count: Int) {
    let model = ModelConfiguration(layers: [.repeated(count: count, layers: [relu])])
    #expect(throws: LayerLimitExceeded.self) { try model.unrolledLayers() }
  }

  /// Layers inside skip blocks are counted although the blocks share their storage.
  @Test func tooManyInsideSkipBlocks() {
    let block = LayerDescription.residual(layers: [.repeated(count: 1000, layers: [linear])])
    let model = ModelConfiguration(layers: [.repeated(count: 1000, layers: [block])])
    #expect(throws: LayerLimitExceeded.self) { try model.unrolledLayers() }
  }

  @Test func productsThatOverflow() {
    var layers = [relu]
    for _ in 0..<20 { layers = [.repeated(count: 1_000_000, layers: layers)] }
    #expect(throws: LayerLimitExceeded.self) { try ModelConfiguration(layers: layers).unrolledLayers() }
  }
}
