import Configuration
import TestSupport
import Testing

/// What someone does who has just installed the program.
@Suite struct FirstStepsTests {
  @Test func theExampleTrainsAtOnce() throws {
    let folder = try TemporaryFolder()
    let printed = try Program.run(["init"])
    #expect(printed.exitCode == 0 && printed.errors.isEmpty)
    let path = "\(folder.path)/first.json"
    let written = try Program.run(["init", "--output", path])
    #expect(written.exitCode == 0 && written.output.isEmpty)
    let run = try Program.run(["--config", path, "--json", "--quiet", "--iterations", "60"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let training = try JSONValue(parsing: Array(run.output.utf8), fileName: "report")["training"]
    let initial = try #require(training?["initialLoss"]?.doubleValue)
    let final = try #require(training?["finalLoss"]?.doubleValue)
    #expect(final < 0.5 * initial)
    let again = try Program.run(["init", "--output", path])
    #expect(again.exitCode == 73)
    #expect(again.errors == "bptrain: \(path) is there already and stays as it is; give another name\n")
    let piped = try folder.write(printed.output, as: "piped.json")
    #expect(try Program.run(["plan", "--config", piped]).exitCode == 0)
  }

  /// Words of a command line up to the cursor, as bash cuts them, and what is offered.
  static let completions: [([String], String)] = [
    (["pl"], "plan"), (["plan", "--che"], "--checkpoint"), (["plan", "--checkpoint", "s"], "sqrt segments:"),
    (["--checkpoint", "=", "mi"], "mixed:"), (["plan", "--checkpoint", "file", ":", "firs"], "first.json"),
    (["--config", "firs"], "first.json"), (["completions", ""], "--help --version bash zsh fish"),
    (["train", "--progress", ""], "auto plain none"), (["train", "--seed", ""], ""), (["schema", "--c"], ""),
  ]

  @Test(arguments: completions) func bashCompletes(words: [String], expected: String) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("{}", as: "first.json")
    _ = try folder.write(try Program.run(["completions", "bash"]).output, as: "completions.bash")
    let line = (["bptrain"] + words).map { "'\($0)'" }.joined(separator: " ")
    let script = """
      cd \(folder.path); source completions.bash
      compopt() { :; }
      COMP_WORDS=(\(line)); COMP_CWORD=\(words.count); _bptrain; echo "${COMPREPLY[*]}"
      """
    let run = try Program(["--norc", "-c", script], executable: "/bin/bash").end()
    #expect(run.errors.isEmpty)
    #expect(run.output == expected + "\n")
  }
}
