import Configuration
import Testing

/// What this version does not have: the whole text that a user sees.
@Suite struct RefusalTests {
  static let cases: [Mistake] = [
    Mistake(
      "one of each",
      configuration(
        "\n\"training\": {\n\"earlyStopping\": { \"patience\": 3 },\n\"saveEveryIterations\": 500 }"
      ),
      #"""
      c.json:5:18: training.earlyStopping: found an object, this version does not stop early, allowed: no such key; set "epochs"
      "earlyStopping": { "patience": 3 },
                       ^
      c.json:6:24: training.saveEveryIterations: found 500, this version does not save its state while it trains, allowed: no such key; the weights are saved at the end
      "saveEveryIterations": 500 } }
                             ^
      """#),
    Mistake(
      "idx files", configuration(data: #"{ "type": "idx", "images": "a", "labels": "b" }"#),
      #"""
      c.json:1:21: data.type: found the string "idx", this version does not read idx files, allowed: "csv", "npy" or "synthetic"; convert the file to npy
      { "data": { "type": "idx", "images": "a", "labels": "b" },
                          ^
      """#),
  ]

  @Test(arguments: cases) func message(of mistake: Mistake) {
    #expect(mistakes(mistake.text) == mistake.message)
  }
}
