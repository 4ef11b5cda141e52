import ComputationGraph
import Configuration
import Testing

/// Checks made once the data are read.
@Suite struct LateChecksTests {
  static let text = configuration(
    layers: """
      [
        { "type": "residual", "layers": [ { "type": "linear", "units": 8 } ] },
        { "type": "layerNorm" },
        { "type": "linear", "units": 3 }, { "type": "relu" } ]
      """)

  static let shapeMistakes: [(Int, Int?, [String])] =
    [
      (8, 3, []), (8, nil, []),
      (
        7, nil,
        [
          """
          c.json:3:66: model.layers.0.layers.0.units: found 8, and the residual block model.layers.0 adds the result to \
          its input of 7 features, allowed: 7
            { "type": "residual", "layers": [ { "type": "linear", "units": 8 } ] },
                                                                           ^
          """
        ]
      ),
      (
        8, 4,
        [
          """
          c.json:5:32: model.layers.2.units: found 3 for the network's outputs, and the data have 4 targets, allowed: 4
            { "type": "linear", "units": 3 }, { "type": "relu" } ] } }
                                         ^
          """
        ]
      ),
      (
        0, 3,
        [
          """
          c.json:1:11: data: found 0 features in the data, allowed: from 1 to 16777216
          { "data": { "type": "csv", "path": "d.csv", "target": "y" },
                    ^
          """
        ]
      ),
      (
        .max, nil,
        [
          """
          c.json:1:11: data: found 9223372036854775807 features in the data, allowed: from 1 to 16777216
          { "data": { "type": "csv", "path": "d.csv", "target": "y" },
                    ^
          """
        ]
      ),
    ] as [(Int, Int?, [String])]

  @Test(arguments: shapeMistakes)
  func shapes(inputFeatures: Int, outputs: Int?, expected: [String]) throws {
    let found = try read(Self.text).checkShapes(inputFeatures: inputFeatures, outputs: outputs)
    #expect(found.map(\.description) == expected)
  }

  @Test func anOverriddenSizeIsNamedByItsOption() throws {
    let override = try ConfigurationOverride(assignment: "model.layers.2.units=5")
    let found = try read(Self.text, overrides: [override]).checkShapes(inputFeatures: 8, outputs: 4)
    #expect(
      found.map(\.description) == [
        "--set model.layers.2.units=5: model.layers.2.units: found 5 for the network's outputs, and the data have 4 "
          + "targets, allowed: 4"
      ])
  }

  /// Copies of a block are gone through no more often than the widths that enter them differ.
  @Test func nestedRepeatsTakeNoTime() throws {
    let depth = 19
    let inner = #"[ { "type": "linear", "units": 2 } ]"#
    let text = configuration(
      layers: String(repeating: #"[ { "type": "repeat", "count": 2, "layers": "#, count: depth) + inner
        + String(repeating: " } ]", count: depth))
    let parsed = try read(text)
    #expect(parsed.checkShapes(inputFeatures: 5, outputs: 2) == [])
    #expect(unrolled(parsed.configuration.model.layers).count == 1 << depth)
  }
}
