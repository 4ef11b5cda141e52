import CommandLineInterface
import Testing

/// Command lines, what they mean, and the whole sentence where they mean nothing.
@Suite struct ArgumentParserTests {
  @Test(arguments: [
    ("--checkpoint", "mixed:50", "checkpoint"), ("--checkpoint", "file:a:b.json", "checkpoint"),
    ("--activation-budget", "0", "activationBudget"), ("--activation-budget", "12.5%", "activationBudget"),
    ("--activation-budget", "min", "activationBudget"),
    ("--memory-budget", "2GiB", "memoryBudget"), ("--memory-budget", "auto", "memoryBudget"),
    ("--memory-budget", "min", "memoryBudget"), ("--memory-budget", "40%", "memoryBudget"),
    ("--activation-budget", "99999999TiB", "activationBudget"),
    ("--seed", "7", "seed"), ("--threads", "2", "threads"),
  ])
  func optionsThatSetAKey(option: String, value: String, key: String) throws {
    let parsed = try parseArguments(["plan", "--config", "c.json", option, value])
    #expect(parsed.overrides == [ConfigurationOverride(path: key, value: value, source: "\(option) \(value)")])
    let attached = try parseArguments(["plan", "--config", "c.json", "\(option)=\(value)"])
    #expect(attached.overrides == [ConfigurationOverride(path: key, value: value, source: "\(option)=\(value)")])
  }

  @Test func zerosInFrontAreNoPartOfANumber() throws {
    let parsed = try parseArguments(["--config", "c.json", "--seed", "007", "--threads=02"])
    #expect(
      parsed.overrides == [
        ConfigurationOverride(path: "seed", value: "7", source: "--seed 007"),
        ConfigurationOverride(path: "threads", value: "2", source: "--threads=02"),
      ])
  }

  @Test func behindTwoDashesStandOperands() throws {
    #expect(try parseArguments(["compare", "--", "-a.json", "b.json"]).operands == ["-a.json", "b.json"])
  }

  /// A command line of train stays one of check, and means nothing else there.
  @Test(arguments: ["check", "explain"])
  func idleOptionsSetNoKey(command: String) throws {
    let parsed = try parseArguments([command, "--config", "c.json", "--memory-budget", "1MiB"])
    #expect(parsed.overrides == [])
    #expect(throws: UsageError.self) {
      try parseArguments([command, "--config", "c.json", "--memory-budget", "much"])
    }
  }

  static let strategies =
    "none, sqrt, segments:K, every:K, recursive, revolve:S, mixed:S, optimal, greedy:SIZE, file:PATH"

  static let mistakes: [([String], String)] = [
    (
      ["--checkpoint", "sqr"], "--checkpoint was \"sqr\"; allowed is \(strategies) (did you mean sqrt?)"
    ),
    (
      ["--checkpoint", "mixed:0"],
      "--checkpoint was \"mixed:0\"; allowed is mixed:S with S a whole number of at least 1"
    ),
    (
      ["--checkpoint", "a\u{1B}[2J"], "--checkpoint was \"a\u{FFFD}[2J\"; allowed is \(strategies)"
    ),
    (
      ["--memory-budget", "1kib"],
      "--memory-budget needs a size such as 512MiB, 2GB, 40%, min or auto, found \"1kib\""
    ),
    (
      ["--activation-budget", "auto"],
      "--activation-budget needs a size such as 4096, 96MiB, 1.5GB, 40% or min, found \"auto\""
    ),
    (
      ["--activation-budget", "1kib"],
      "--activation-budget needs a size such as 4096, 96MiB, 1.5GB, 40% or min, found \"1kib\""
    ),
    (
      ["--activation-budget", "-1"],
      "--activation-budget needs a size such as 4096, 96MiB, 1.5GB, 40% or min, found \"-1\""
    ),
    (["--activation-budget"], "--activation-budget needs a value: --activation-budget SIZE"),
    (
      ["--activation-budget", "1B", "--activation-budget", "2B"],
      "--activation-budget is given twice; once is enough, and only --set may be repeated"
    ),
    (
      ["--activation-buget", "1B"],
      "there is no option \"--activation-buget\"; did you mean --activation-budget?"
    ),
  ]

  @Test(arguments: mistakes) func sentence(of words: [String], expected: String) {
    let error = #expect(throws: UsageError.self) { try parseArguments(["plan", "--config", "c.json"] + words) }
    #expect(error?.sentence == expected)
  }
}
