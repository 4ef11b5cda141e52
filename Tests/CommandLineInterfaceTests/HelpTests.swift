import CommandLineInterface
import Testing

/// Help, manual page and completions all come from one table: each knows every option and command.
@Suite struct HelpTests {
  static let topics: [Command?] = [nil] + Command.allCases.map { $0 }

  @Test(arguments: topics) func helpIsAtMostEightyColumnsWide(topic: Command?) {
    for width in [40, 60, 80, 200] {
      let lines = helpText(for: topic, width: width).split(separator: "\n", omittingEmptySubsequences: false)
      let longest = lines.map(\.count).max() ?? 0
      // A word that is longer than a narrow line stands alone.
      #expect(longest <= 80 && (width < 80 || longest <= width), "\(longest) of \(width)")
    }
  }

  @Test(arguments: Command.allCases) func helpBeginsWithExamplesThatCanBeRead(command: Command) throws {
    let text = helpText(for: command)
    #expect(text.hasPrefix("Examples:\n  bptrain ") || text.hasPrefix("Examples:\n  source <(bptrain "))
    let topic = try parseArguments(["help", command.rawValue])
    #expect(topic.helpTopic == command)
  }

  /// Options as the program's help lists them.
  private var options: [Substring] {
    let lines = helpText(for: nil).split(separator: "\n")
    return lines.filter { $0.hasPrefix("  --") }.compactMap { $0.split(separator: " ").first }
  }

  @Test func manualPageKnowsEveryOptionCommandAndExitCode() {
    let page = manualPage(version: "1.2.3")
    #expect(page.contains(".TH BPTRAIN 1 \"\" \"bptrain 1.2.3\""))
    #expect(options.count > 10)
    for option in options { #expect(page.contains("\\fB\(option.replacing("-", with: "\\-"))\\fR")) }
    for command in Command.allCases { #expect(page.contains("\n\\fB\(command.rawValue)\\fR")) }
    for code in ExitCode.allCases { #expect(page.contains("\n\\fB\(code.rawValue)\\fR\n")) }
    let macros = [".\\\"", ".TH", ".SH", ".B", ".TP"]
    for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(macros.contains { line.hasPrefix($0) }, "\(line)")
    }
  }

  @Test(arguments: Shell.allCases) func completionsKnowEveryOptionAndCommand(shell: Shell) {
    let script = completionScript(for: shell)
    for option in options {
      let name = shell == .fish ? "-l \(option.dropFirst(2)) " : String(option)
      #expect(script.contains(name), "\(option)")
    }
    for command in Command.allCases { #expect(script.contains(command.rawValue)) }
    for strategy in ["sqrt", "segments", "mixed", "optimal", "file"] { #expect(script.contains(strategy)) }
  }

  @Test func shells() throws {
    #expect(try parseArguments(["completions", "fish"]).shell == .fish)
    for (words, sentence) in [
      (["completions"], "completions needs bash|zsh|fish: bptrain completions bash|zsh|fish"),
      (["completions", "tcsh"], "completions are made for bash, zsh and fish, found \"tcsh\""),
      (["completions", "bash", "zsh"], "\"zsh\" is left over; completions takes bash|zsh|fish and options"),
      (["plan", "--man"], "--man does not go with plan; it is an option of help"),
    ] {
      let error = #expect(throws: UsageError.self) { try parseArguments(words) }
      #expect(error?.sentence == sentence)
    }
  }
}
