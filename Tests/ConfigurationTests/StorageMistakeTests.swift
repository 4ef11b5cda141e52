import Configuration
import Testing

/// What is kept in fewer bytes than it is computed in: the whole text that a user sees where that makes no sense.
@Suite struct StorageMistakeTests {
  static let cases: [Mistake] = [
    Mistake(
      "bfloat16 kept in bfloat16", configuration(#""precision": "bfloat16", "storage": "bfloat16""#),
      #"""
      c.json:3:37: storage: found "bfloat16" with the precision "bfloat16", in which activations have these bytes already, allowed: "float32", which keeps them as they are computed; or the precision "float32"
      "precision": "bfloat16", "storage": "bfloat16" }
                                          ^
      """#),
    Mistake(
      "float64 kept in bfloat16", configuration(#""storage": "bfloat16", "precision": "float64""#),
      #"""
      c.json:3:12: storage: found "bfloat16" with the precision "float64", which is there for its digits, allowed: "float32", which keeps them as they are computed; or the precision "float32"
      "storage": "bfloat16", "precision": "float64" }
                 ^
      """#),
  ]

  @Test(arguments: cases) func message(of mistake: Mistake) {
    #expect(mistakes(mistake.text) == mistake.message)
  }

  @Test func float32MayBeKeptInEither() throws {
    #expect(try read(configuration(#""storage": "bfloat16""#)).configuration.storage == .bfloat16)
    #expect(try read(configuration(#""storage": "float32", "precision": "float64""#)).configuration.storage == .float32)
  }
}
