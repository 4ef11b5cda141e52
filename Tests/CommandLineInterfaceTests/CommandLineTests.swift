import Checkpointing
import CommandLineInterface
import Testing

/// Whole command lines, what they ask for, and what is said of those that ask for nothing possible.
@Suite struct CommandLineTests {
  /// A command line and the sentence that refuses it.
  struct Mistake: CustomTestStringConvertible, Sendable {
    let line: [String]
    let sentence: String

    /// - Parameter line: words without spaces in them.
    init(_ line: String, _ sentence: String) {
      self.line = line.split(separator: " ").map(String.init)
      self.sentence = sentence
    }

    init(words: [String], _ sentence: String) {
      line = words
      self.sentence = sentence
    }

    var testDescription: String { line.joined(separator: " ") }
  }

  private static let commands: String = {
    let names = Command.allCases.map(\.rawValue)
    return names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
  }()

  static let mistakes: [Mistake] = [
    Mistake("", "nothing to do; \"bptrain --config F\" trains a network, \"bptrain help\" shows what else there is"),
    Mistake("train", "train needs --config F"),
    Mistake("plan --json", "plan needs --config F"),
    Mistake("gradients --config c.json", "gradients needs --output PATH"),
    // Commands.
    Mistake("trian --config c.json", "there is no command \"trian\"; did you mean train?"),
    Mistake("frobnicate", "there is no command \"frobnicate\"; the commands are \(commands)"),
    Mistake("c.json", "\"c.json\" is no command; to train with that file: bptrain --config c.json"),
    Mistake("--config c.json plan", "the command goes first: bptrain plan --config F"),
    Mistake(
      "--config a.json b.json", "\"b.json\" is left over; train takes options only, and each takes at most one value"),
    Mistake("train c.json", "\"c.json\" is left over; a configuration is given as --config c.json"),
    Mistake("train x", "\"x\" is left over; train takes options only, and each takes at most one value"),
    Mistake("--config c.json -- x", "\"x\" is left over; train takes options only, and each takes at most one value"),
    Mistake("help plan train", "the command goes first: bptrain train --config F"),
    Mistake("help nonsense-command", "there is no command \"nonsense-command\"; the commands are \(commands)"),
    // Options.
    Mistake("--nonsense", "there is no option \"--nonsense\"; \"bptrain help train\" shows those of train"),
    Mistake("plan --nonsense", "there is no option \"--nonsense\"; \"bptrain help plan\" shows those of plan"),
    Mistake("--config c.json --chekpoint sqrt", "there is no option \"--chekpoint\"; did you mean --checkpoint?"),
    Mistake("--confg c.json", "there is no option \"--confg\"; did you mean --config?"),
    Mistake("-c c.json", "there is no option \"-c\"; \"bptrain help train\" shows those of train"),
    Mistake(
      "--config c.json --seed 1 --seed 2", "--seed is given twice; once is enough, and only --set may be repeated"),
    Mistake("--config c.json --verify=yes", "--verify takes no value, found \"yes\""),
    Mistake(
      "study --config c.json --output o --memory-budget 1GiB",
      "--memory-budget does not go with study; it is an option of train, plan, gradients, check and explain"),
    Mistake(
      "schema --config c.json", "--config does not go with schema; it is an option of \(optionUsers("--config"))"),
    // Values.
    Mistake("--config", "--config needs a value: --config F"),
    Mistake("--config --json", "--config needs a value: --config F"),
    Mistake("--config=", "--config needs a value: --config F"),
    Mistake(words: ["--config", ""], "--config needs a value: --config F"),
    Mistake("--config c.json --seed", "--seed needs a value: --seed N"),
    Mistake(
      "--config c.json --seed x", "--seed needs a whole number from 0 to 9223372036854775807, found \"x\""),
    Mistake(
      "--config c.json --seed -1", "--seed needs a whole number from 0 to 9223372036854775807, found \"-1\""),
    Mistake(
      "--config c.json --seed 9223372036854775808",
      "--seed needs a whole number from 0 to 9223372036854775807, found \"9223372036854775808\""),
    Mistake("--config c.json --seed=1.5", "--seed needs a whole number from 0 to 9223372036854775807, found \"1.5\""),
    Mistake(
      words: ["--config", "c.json", "--seed", " 1"],
      "--seed needs a whole number from 0 to 9223372036854775807, found \" 1\""),
    Mistake("--config c.json --threads 0", "--threads needs a whole number from 1 to 4096, found \"0\""),
    Mistake("--config c.json --threads 4097", "--threads needs a whole number from 1 to 4096, found \"4097\""),
    Mistake("--config c.json --iterations 0", "--iterations needs a whole number from 1 to 1000000000, found \"0\""),
    Mistake(
      "--config c.json --iterations +3", "--iterations needs a whole number from 1 to 1000000000, found \"+3\""),
    Mistake("--config c.json --warmup -1", "--warmup needs a whole number from 0 to 1000000000, found \"-1\""),
    Mistake("--config c.json --progress fancy", "--progress is one of auto, plain and none, found \"fancy\""),
    Mistake(
      "--config c.json --quiet --progress plain",
      "--quiet shows no progress and --progress plain does; leave one of them out"),
    Mistake(
      "--config c.json --set seed", "--set needs path=value, such as training.batchSize=64, found \"seed\""),
    Mistake("--config c.json --set =1", "--set needs path=value, such as training.batchSize=64, found \"=1\""),
    // What is shown of a long or unprintable word.
    Mistake(
      words: ["--config", "c.json", String(repeating: "x", count: 100)],
      "\"\(String(repeating: "x", count: 60))…\" is left over; train takes options only, and each takes at most one value"
    ),
    Mistake(
      words: ["--config", "c.json", "a\u{1B}[31m\n"],
      "\"a\u{FFFD}[31m\u{FFFD}\" is left over; train takes options only, and each takes at most one value"),
  ]

  /// The commands that take an option, as a refusal lists them.
  private static func optionUsers(_ name: String) -> String {
    let users = Command.allCases.filter(\.takesConfiguration).map(\.rawValue)
    return users.dropLast().joined(separator: ", ") + " and " + users[users.count - 1]
  }

  @Test(arguments: mistakes)
  func sentence(of mistake: Mistake) {
    let error = #expect(throws: UsageError.self) { try parseArguments(mistake.line) }
    #expect(error?.sentence == mistake.sentence)
  }

  @Test(arguments: ["sqr", "segments", "segments:0", "every:x", "revolve:", "mixed:-1", "greedy:", "file:", "none:3"])
  func wrongStrategies(text: String) throws {
    let error = try #require(throws: UsageError.self) {
      try parseArguments(["--config", "c.json", "--checkpoint", text])
    }
    #expect(error.sentence.contains("--checkpoint") && error.sentence.contains("\"\(text)\""), "\(error.sentence)")
  }

  @Test func everythingThatTrainCanBeGiven() throws {
    let parsed = try parseArguments([
      "train", "--config", "c.json", "--checkpoint", "segments:4", "--set", "training.epochs=2", "--set", "name=a=b",
      "--seed=7", "--threads", "2", "--iterations", "10", "--warmup=0", "--verify", "--weights", "-", "--output=out",
      "--json", "--report", "r.json", "--progress", "none", "--quiet",
    ])
    #expect(parsed.command == .train)
    #expect(parsed.configPath == "c.json")
    #expect(
      parsed.overrides.map { "\($0.path) = \($0.value), \($0.source)" } == [
        "checkpoint = segments:4, --checkpoint segments:4",
        "training.epochs = 2, --set training.epochs=2", "name = a=b, --set name=a=b", "seed = 7, --seed=7",
        "threads = 2, --threads 2",
      ])
    #expect(parsed.iterations == 10 && parsed.warmup == 0)
    #expect(parsed.verify && parsed.json && parsed.quiet)
    #expect(parsed.weightsPath == "-" && parsed.outputPath == "out" && parsed.reportPath == "r.json")
    #expect(parsed.progress == ProgressMode.none)
    #expect(parsed.helpTopic == nil && !parsed.wantsVersion)
  }

  @Test func whatIsNotGiven() throws {
    let parsed = try parseArguments(["--config", "c.json"])
    var expected = ParsedArguments(command: .train)
    expected.configPath = "c.json"
    #expect(parsed == expected)
    #expect(parsed.iterations == nil && parsed.warmup == nil && parsed.progress == .automatic)
  }

  /// Help and version hold wherever they stand, and nothing else is then asked of the line.
  @Test func helpAndVersionHoldAnywhere() throws {
    for line in [["--help"], ["help"], ["-h"]] {
      let parsed = try parseArguments(line)
      #expect(parsed.command == .help, "\(line)")
    }
    for line in [["plan", "--help"], ["plan", "--json", "-h"], ["help", "plan"], ["plan", "--help", "--nonsense"]] {
      let parsed = try parseArguments(line)
      #expect(parsed.command == .help && parsed.helpTopic == .plan, "\(line)")
    }
    for line in [["--version"], ["plan", "--version"], ["--version", "--nonsense"]] {
      #expect(try parseArguments(line).wantsVersion, "\(line)")
    }
  }

  /// Options that do nothing for a command are taken where one list of options serves all.
  @Test func planTakesTheOptionsOfTrain() throws {
    let parsed = try parseArguments([
      "plan", "--config", "c.json", "--iterations", "3", "--warmup", "1", "--verify", "--progress", "none",
    ])
    #expect(parsed.command == .plan && parsed.iterations == 3)
  }

  /// No option that help shows is refused, but for what its value or its fellows lack.
  @Test(arguments: Command.allCases)
  func helpShowsNoOptionThatIsRefused(command: Command) throws {
    let lines = helpText(for: command).split(separator: "\n").filter { $0.hasPrefix("  --") }
    #expect(lines.count >= 2, "--help and --version at least")
    for line in lines {
      let words = line.split(separator: " ")
      let name = String(words[0])
      do throws(UsageError) {
        _ = try parseArguments([command.rawValue, name])
      } catch {
        let sentence = error.sentence
        #expect(
          sentence.contains("needs") && !sentence.contains("there is no option")
            && !sentence.contains("does not go with"),
          "\(name): \(sentence)")
      }
    }
  }

  @Test(arguments: Command.allCases)
  func helpShowsNoCommandThatIsRefused(command: Command) throws {
    let lines = helpText(for: nil).split(separator: "\n")
    #expect(lines.contains { $0 == "  \(command.rawValue)" || $0.hasPrefix("  \(command.rawValue) ") })
    #expect(try parseArguments(["help", command.rawValue]).helpTopic == command)
  }

  @Test(arguments: [nil] + Command.allCases.map { Optional($0) })
  func helpFitsIn80Columns(topic: Command?) {
    for line in helpText(for: topic).split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }
}
