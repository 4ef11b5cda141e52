import Configuration
import Testing

/// Large hostile files: the mistakes told are few, and the search for them ends.
@Suite struct BoundedEffortTests {
  private func errors(_ text: String) throws -> ConfigurationErrors {
    try #require(throws: ConfigurationErrors.self) { try read(text) }
  }

  private static let unknownKeys: String = {
    let members = (0..<30_000).map { "\"a\($0)\":1" }
    return "{" + members.joined(separator: ",") + "}"
  }()

  static let filesOfManyMistakes: [(String, String)] = [
    ("misspelt layers", configuration(layers: "[" + String(repeating: #"{"type":"liner"},"#, count: 30_000) + "]")),
    ("unknown keys", unknownKeys),
    ("equal keys", "{" + String(repeating: #""a":1,"#, count: 30_000) + "}"),
    ("plus signs", configuration(layers: "[" + String(repeating: "+1,", count: 30_000) + "]")),
    ("commas", "{" + String(repeating: ",", count: 30_000) + "}"),
  ]

  @Test(arguments: filesOfManyMistakes)
  func manyMistakes(name: String, text: String) throws {
    let errors = try errors(text)
    #expect(errors.diagnostics.count == 100)
    #expect((900...30_000).contains(errors.omittedCount))
    #expect(errors.description.hasSuffix("\nand at least \(errors.omittedCount) more"))
    #expect(errors.description.utf8.count < 100_000)
  }

  static let filesOfOneMistake: [(String, String)] = [
    ("brackets", String(repeating: "[", count: 1_000_000)),
    ("braces", String(repeating: "{\"a\":", count: 200_000)),
    ("one character of a million scalars", "{\"a" + String(repeating: "\u{301}", count: 1_000_000)),
    ("a long line", String(repeating: " ", count: 1_000_000) + "x"),
    ("a long number", configuration("\"seed\":" + String(repeating: "9", count: 1_000_000))),
    ("a long name", configuration("\"name\": \"" + String(repeating: "n", count: 1_000_000) + "\"")),
    ("a long key", configuration("\"" + String(repeating: "n", count: 1_000_000) + "\": 1")),
  ]

  @Test(arguments: filesOfOneMistake)
  func oneMistake(name: String, text: String) throws {
    let errors = try errors(text)
    #expect(errors.diagnostics.count == 1)
    #expect(errors.description.utf8.count < 4096)
  }

  @Test func aFileThatIsTooLong() throws {
    let bytes = [UInt8](repeating: 0x20, count: Limits.fileBytes + 1)
    #expect(mistakes(bytes) == "c.json:1:1: found 16777217 bytes, allowed: at most 16777216")
  }

  @Test func aHundredThousandLayers() throws {
    let layer = #"{"type":"linear","units":2},{"type":"relu"},"#
    let parsed = try read(configuration(layers: "[" + String(repeating: layer, count: 50_000) + "]"))
    #expect(parsed.configuration.model.layers.count == 100_000)
    #expect(parsed.checkShapes(inputFeatures: 3, outputs: 2) == [])
    #expect(parsed.checkShapes(inputFeatures: 3, outputs: 1).map(\.keyPath) == ["model.layers.99998.units"])
  }
}
