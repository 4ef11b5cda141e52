import Checkpointing
import Configuration
import SystemCalls
import TestSupport
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

  static let mistakes = configurationMistakes + fileMistakes

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
