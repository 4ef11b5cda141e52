import Checkpointing
import Configuration
import SystemCalls
import Testing

/// Mistakes in what the program is given: each ends it with its exit code and all that the user sees, before anything
/// is written.
@Suite struct BadInputTests {
  static let configuration = """
    {
      "data": { "type": "csv", "path": "d.csv", "target": "y", "task": "classification" },
      "model": { "layers": [ { "type": "linear", "units": 3 } ] },
      "loss": "softmaxCrossEntropy",
      "training": { "epochs": 1, "batchSize": 2 }
    }

    """
  static let data = "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,2\n"

  /// A configuration, a data file and options, of which one part is wrong.
  struct Mistake: CustomTestStringConvertible, Sendable {
    let name: String
    let configuration: String
    let data: String
    let arguments: [String]
    let exitCode: Int32
    let message: String

    /// - Parameters:
    ///   - changes: what is replaced in the configuration that is right.
    ///   - message: all that is told, with lists that grow with the program by their names in braces.
    init(
      _ name: String, in changes: [(old: String, new: String)] = [], configuration: String? = nil,
      data: String = BadInputTests.data, arguments: [String] = [], exitCode: Int32 = 78, _ message: String
    ) {
      self.name = name
      self.configuration =
        configuration
        ?? changes.reduce(BadInputTests.configuration) { text, change in
          let parts = text.split(separator: change.old, omittingEmptySubsequences: false)
          precondition(parts.count > 1, "\(name): \(change.old) is not in the configuration")
          return parts.joined(separator: change.new)
        }
      self.data = data
      self.arguments = arguments
      self.exitCode = exitCode
      self.message = BadInputTests.lists.reduce(message) { text, list in
        text.split(separator: "{\(list.name)}", omittingEmptySubsequences: false).joined(separator: list.text)
      }
    }

    var testDescription: String { name }
  }

  private static let lists: [(name: String, text: String)] = {
    let schema = configurationSchema()
    func quoted(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
    var layers: [String] = []
    if case .array(let variants) = schema["$defs"]?["layer"]?["oneOf"] {
      for case .string(let name) in variants.compactMap({ $0["properties"]?["type"]?["const"] }) { layers.append(name) }
    }
    return [
      ("keys", quoted(schema["properties"]?.members?.map(\.name) ?? [])),
      ("training keys", quoted(schema["properties"]?["training"]?["properties"]?.members?.map(\.name) ?? [])),
      ("layers", quoted(layers)), ("strategies", Strategy.spellings.joined(separator: ", ")),
    ]
  }()

  static let mistakes: [Mistake] = [
    Mistake(
      "a value of a wrong type", in: [(#""epochs": 1"#, #""epochs": "one""#)],
      #"""
      c.json:5:27: training.epochs: found the string "one", allowed: an integer from 1 to 1000000000
        "training": { "epochs": "one", "batchSize": 2 }
                                ^
      """#),
    Mistake(
      "an unknown key", in: [(#""loss""#, "\"colour\": 1,\n  \"loss\"")],
      #"""
      c.json:4:3: colour: unknown key, allowed: {keys}
        "colour": 1,
        ^
      """#),
    Mistake(
      "a misspelt key", in: [(#""epochs""#, #""epoch""#)],
      #"""
      c.json:5:17: training.epoch: unknown key, allowed: {training keys}; did you mean "epochs"?
        "training": { "epoch": 1, "batchSize": 2 }
                      ^
      """#),
    Mistake(
      "a misspelt layer", in: [(#""type": "linear""#, #""type": "liner""#)],
      #"""
      c.json:3:36: model.layers.0.type: found the string "liner", allowed: one of {layers}; did you mean "linear"?
        "model": { "layers": [ { "type": "liner", "units": 3 } ] },
                                         ^
      """#),
    Mistake(
      "a missing comma", in: [(" ] },\n", " ] }\n")],
      #"""
      c.json:3:62: found no comma after the value, allowed: "," or "}"
        "model": { "layers": [ { "type": "linear", "units": 3 } ] }
                                                                   ^
      """#),
    Mistake(
      "a missing brace", in: [("2 }\n}", "2 }\n")],
      #"""
      c.json:7:1: found the end of the file, and the object opened on line 1 is not closed, allowed: "," or "}"
      """#),
    Mistake(
      "a duplicate key", in: [(#""batchSize": 2"#, #""epochs": 2"#)],
      #"""
      c.json:5:30: training.epochs: found the key again, first given on line 5, allowed: each key once
        "training": { "epochs": 1, "epochs": 2 }
                                   ^
      """#),
    Mistake(
      "a missing key", in: [(#""target": "y", "#, "")],
      #"""
      c.json:2:11: data.target: missing, required: a column name or a list of distinct ones
        "data": { "type": "csv", "path": "d.csv", "task": "classification" },
                ^
      """#),
    Mistake(
      "a negative size", in: [(#""units": 3"#, #""units": -3"#)],
      #"""
      c.json:3:55: model.layers.0.units: found -3, allowed: an integer from 1 to 16777216
        "model": { "layers": [ { "type": "linear", "units": -3 } ] },
                                                            ^
      """#),
    Mistake(
      "a size of zero", in: [(#""batchSize": 2"#, #""batchSize": 0"#)],
      #"""
      c.json:5:43: training.batchSize: found 0, allowed: an integer from 1 to 16777216
        "training": { "epochs": 1, "batchSize": 0 }
                                                ^
      """#),
    Mistake(
      "an integer with a fraction", in: [(#""units": 3"#, #""units": 2.5"#)],
      #"""
      c.json:3:55: model.layers.0.units: found 2.5, allowed: an integer from 1 to 16777216
        "model": { "layers": [ { "type": "linear", "units": 2.5 } ] },
                                                            ^
      """#),
    Mistake(
      "a number that is not finite", in: [(#""epochs": 1"#, #""epochs": 1e999"#)],
      #"""
      c.json:5:27: training.epochs: found 1e999, allowed: numbers up to 1.7976931348623157e+308
        "training": { "epochs": 1e999, "batchSize": 2 }
                                ^
      """#),
    Mistake(
      "a size above its limit", in: [(#""units": 3"#, #""units": 99999999999"#)],
      #"""
      c.json:3:55: model.layers.0.units: found 99999999999, allowed: an integer from 1 to 16777216
        "model": { "layers": [ { "type": "linear", "units": 99999999999 } ] },
                                                            ^
      """#),
    Mistake(
      "sizes whose product overflows",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          "{ \"type\": \"linear\", \"units\": 16777216 }, { \"type\": \"linear\", \"units\": 16777216 },\n    { \"type\": \"linear\", \"units\": 3 }"
        )
      ],
      #"""
      c.json:3:24: model.layers: found 281475077373955 parameters, allowed: at most 1099511627776
        "model": { "layers": [ { "type": "linear", "units": 16777216 …
                             ^
      """#),
    Mistake(
      "more layers than there may be",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          "{ \"type\": \"repeat\", \"count\": 1000000, \"layers\": [ { \"type\": \"repeat\", \"count\": 1000000,\n    \"layers\": [ { \"type\": \"linear\", \"units\": 3 } ] } ] }"
        )
      ],
      #"""
      c.json:3:24: model.layers: found 1000000000000 layers once every repeat is written out, allowed: at most 1000000
        "model": { "layers": [ { "type": "repeat", "count": 1000000, …
                             ^
      """#),
    Mistake(
      "residual shapes that disagree",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          "{ \"type\": \"residual\", \"layers\": [ { \"type\": \"linear\", \"units\": 4 } ] },\n    { \"type\": \"linear\", \"units\": 3 }"
        )
      ],
      #"""
      c.json:3:89: model.layers.0.layers.0.units: found 4, and the residual block model.layers.0 adds the result to its input of 2 features, allowed: 2
        "model": { "layers": [ { "type": "residual", "layers": [ { "type": "linear", "units": 4 } ] },
                                                                                              ^
      """#),
    Mistake(
      "a dropout rate of 1",
      in: [
        (#"{ "type": "linear", "units": 3 }"#, #"{ "type": "dropout", "rate": 1 }, { "type": "linear", "units": 3 }"#)
      ],
      #"""
      c.json:3:55: model.layers.0.rate: found 1, allowed: a number at least 0 and below 1
        "model": { "layers": [ { "type": "dropout", "rate": 1 }, { "type": "linear", "units": 3 } ] },
                                                            ^
      """#),
    Mistake(
      "a negative dropout rate",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          #"{ "type": "dropout", "rate": -0.1 }, { "type": "linear", "units": 3 }"#
        )
      ],
      #"""
      c.json:3:55: model.layers.0.rate: found -0.1, allowed: a number at least 0 and below 1
        "model": { "layers": [ { "type": "dropout", "rate": -0.1 }, { "type": "linear", "units": 3 } ] },
                                                            ^
      """#),
    Mistake(
      "a validation fraction of 1", in: [(#""task""#, #""validationFraction": 1, "task""#)],
      #"""
      c.json:2:82: data.validationFraction: found 1, allowed: a number at least 0 and below 1
      …csv", "path": "d.csv", "target": "y", "validationFraction": 1, "task": "classification" },
                                                                   ^
      """#),
    Mistake(
      "a loss that does not go with the task", in: [("softmaxCrossEntropy", "meanSquaredError")],
      #"""
      c.json:4:11: loss: found "meanSquaredError" for the task "classification", allowed: "softmaxCrossEntropy"
        "loss": "meanSquaredError",
                ^
      """#),
    Mistake(
      "a strategy that is none", in: [(#""loss""#, #""checkpoint": "sqr", "loss""#)],
      #"""
      c.json:4:17: checkpoint: found the string "sqr", allowed: {strategies} (did you mean sqrt?)
        "checkpoint": "sqr", "loss": "softmaxCrossEntropy",
                      ^
      """#),
    Mistake(
      "an override of an unknown key", arguments: ["--set", "training.epoch=3"],
      #"""
      --set training.epoch=3: training.epoch: unknown key, allowed: {training keys}; did you mean "epochs"?
      """#),
    Mistake(
      "an override of a wrong type", arguments: ["--set", "training.epochs=x"],
      #"""
      --set training.epochs=x: training.epochs: found the string "x", allowed: an integer from 1 to 1000000000
      """#),
    Mistake(
      "two mistakes, told in one run", in: [(#""epochs": 1"#, #""epochs": 0"#), ("softmaxCrossEntropy", "softmax")],
      #"""
      c.json:4:11: loss: found the string "softmax", allowed: one of "meanSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy", "softmaxCrossEntropy", "halfSquaredError"
        "loss": "softmax",
                ^
      c.json:5:27: training.epochs: found 0, allowed: an integer from 1 to 1000000000
        "training": { "epochs": 0, "batchSize": 2 }
                                ^
      """#),
    Mistake(
      "an empty file", configuration: "",
      #"""
      c.json:1:1: found an empty file, allowed: one object { … }
      """#),
    Mistake(
      "text that is no JSON", configuration: "epochs: 1\n",
      #"""
      c.json:1:1: found epochs, allowed: a string in double quotes, "epochs"
      epochs: 1
      ^
      c.json:1:7: found ":" after the end of the value, allowed: nothing but comments
      epochs: 1
            ^
      """#),
    Mistake(
      "a text cell", data: "a,b,y\n0.5,1,0\n1.5,two,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:2: column "b" has the text "two" where a number is needed
      """#),
    Mistake(
      "an empty cell", data: "a,b,y\n0.5,1,0\n1.5,,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:2: column "b" is empty where a number is needed
      """#),
    Mistake(
      "a short row", data: "a,b,y\n0.5,1,0\n1.5,2\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3: the row has 2 values where the header names 3
      """#),
    Mistake(
      "a long row", data: "a,b,y\n0.5,1,0\n1.5,2,1,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3: the row has 4 values where the header names 3
      """#),
    Mistake(
      "no rows", data: "a,b,y\n", exitCode: 65,
      #"""
      bptrain: d.csv: has a header but no rows
      """#),
    Mistake(
      "an empty data file", data: "", exitCode: 65,
      #"""
      bptrain: d.csv: is empty
      """#),
    Mistake(
      "a number too large", data: "a,b,y\n0.5,1,0\n1e99,2,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:1: column "a" has a number that is too large for float32
      """#),
    Mistake(
      "a number that is not finite in the data", data: "a,b,y\n0.5,1,0\nnan,2,1\n2.5,3,2\n", exitCode: 65,
      #"""
      d.csv:3:1: column "a" has the value nan where a finite number is needed
      """#),
    Mistake(
      "a label outside the classes", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,3\n", exitCode: 65,
      #"""
      d.csv:4:3: column "y" has the label 3 where a class number from 0 to 2 is needed (the last layer has 3 units)
      """#),
    Mistake(
      "a label with a fraction", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,0.5\n", exitCode: 65,
      #"""
      d.csv:4:3: column "y" has 0.5 where a class number (0, 1, 2, ...) is needed
      """#),
    Mistake(
      "a negative label", data: "a,b,y\n0.5,1,0\n1.5,2,1\n2.5,3,-1\n", exitCode: 65,
      #"""
      d.csv:4:3: column "y" has -1 where a class number (0, 1, 2, ...) is needed
      """#),
    Mistake(
      "a target that is no column", in: [(#""target": "y""#, #""target": "label""#)], exitCode: 65,
      #"""
      d.csv:1: no column has the name "label" that the target was given; the columns are "a", "b", "y"
      """#),
    Mistake(
      "targets that are not the outputs",
      in: [("classification", "regression"), ("softmaxCrossEntropy", "meanSquaredError")],
      #"""
      c.json:3:55: model.layers.0.units: found 3 for the network's outputs, and the data have 1 target, allowed: 1
        "model": { "layers": [ { "type": "linear", "units": 3 } ] },
                                                            ^
      """#),
    Mistake(
      "a data file that is missing", in: [("d.csv", "e.csv")], exitCode: 66,
      #"""
      bptrain: e.csv: cannot be read: No such file or directory
      """#),
    Mistake(
      "a folder as a data file", in: [("d.csv", ".")], exitCode: 66,
      #"""
      bptrain: .: cannot be read: Is a directory
      """#),
    Mistake(
      "a residual block that disagrees with the data",
      in: [
        (
          #"{ "type": "linear", "units": 3 }"#,
          #"{ "type": "residual", "layers": [ { "type": "linear", "units": 3 } ] }"#
        )
      ],
      #"""
      c.json:3:89: model.layers.0.layers.0.units: found 3, and the residual block model.layers.0 adds the result to its input of 2 features, allowed: 2
        "model": { "layers": [ { "type": "residual", "layers": [ { "type": "linear", "units": 3 } ] } ] },
                                                                                              ^
      """#),
    Mistake(
      "an npy file that is none",
      in: [
        (#""type": "csv", "path": "d.csv", "target": "y""#, #""type": "npy", "features": "d.csv", "targets": "d.csv""#)
      ], exitCode: 65,
      #"""
      bptrain: d.csv: is no NPY file: it does not begin with \x93NUMPY
      """#),
    Mistake(
      "a weights file that is none", arguments: ["--weights", "d.csv"], exitCode: 65,
      #"""
      bptrain: d.csv: is no safetensors file: its header would take 3328171640178748513 bytes; at most 100000000 are read
      """#),
    Mistake(
      "a weights file that is missing", arguments: ["--weights", "w.safetensors"], exitCode: 66,
      #"""
      bptrain: w.safetensors: cannot be read: No such file or directory
      """#),
  ]

  @Test func theConfigurationWithoutAMistakeTrains() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.configuration, as: "c.json")
    try folder.write(Self.data, as: "d.csv")
    let run = try Program.run(["--config", "c.json", "--quiet"], in: folder.path)
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.output == "" && run.errors == "")
  }

  @Test(arguments: mistakes)
  func message(of mistake: Mistake) throws {
    let folder = try TemporaryFolder()
    try folder.write(mistake.configuration, as: "c.json")
    try folder.write(mistake.data, as: "d.csv")
    let arguments = ["--config", "c.json", "--output", "out", "--report", "report.json"] + mistake.arguments
    let run = try Program.run(arguments, in: folder.path)
    #expect(run.errors == mistake.message + "\n")
    #expect(run.exitCode == mistake.exitCode)
    #expect(run.output == "")

    let json = try Program.run(arguments + ["--json"], in: folder.path)
    #expect(json.errors == run.errors)
    #expect(json.exitCode == mistake.exitCode)
    let document = try JSONValue(parsing: Array(json.output.utf8), fileName: "standard output")
    #expect(document["formatVersion"] == 1)
    #expect(document["error"]?["code"] == .integer(Int(mistake.exitCode)))
    guard case .string(let message) = document["error"]?["message"] else {
      Issue.record("no message in \(json.output)")
      return
    }
    #expect(json.errors == message + "\n" || json.errors == "bptrain: " + message + "\n")
    #expect(folder.names() == ["c.json", "d.csv"], "something was written")
  }
}
