import SystemCalls
import TestSupport
import Testing

@Suite struct ChildProcessTests {
  private func run(
    _ words: [String], environment: [String: String] = [:]
  ) throws -> (end: ChildEnd, output: String, errors: String) {
    let folder = try TemporaryFolder()
    let (output, errors) = (folder.path + "/out", folder.path + "/err")
    var child = try ChildProcess(
      executable: words[0], arguments: Array(words.dropFirst()), environment: environment, outputPath: output,
      errorPath: errors)
    var end: ChildEnd?
    while end == nil {
      sleep(seconds: 0.001)
      end = try child.end()
    }
    return (
      try #require(end), String(decoding: try readFile(atPath: output), as: UTF8.self),
      String(decoding: try readFile(atPath: errors), as: UTF8.self)
    )
  }

  @Test func outputsAndExitCodeAreTold() throws {
    let result = try run(["/bin/sh", "-c", "echo out; echo err >&2; exit 7"])
    #expect(result.end.exitCode == 7 && result.output == "out\n" && result.errors == "err\n")
    #expect(result.end.processorSeconds >= 0)
  }

  @Test func aSignalIsToldAsAShellTellsIt() throws {
    #expect(try run(["/bin/sh", "-c", "kill -KILL $$"]).end.exitCode == 137)
  }

  @Test func variablesAreAddedAndReplaced() throws {
    let script = "echo $BPTRAIN_TEST $HOME"
    #expect(
      try run(["/bin/sh", "-c", script], environment: ["BPTRAIN_TEST": "a b", "HOME": "/nowhere"]).output
        == "a b /nowhere\n")
  }

  @Test func standardInputIsEmpty() throws {
    #expect(try run(["/bin/cat"]).output == "")
  }

  @Test func aMissingProgramIsAnError() {
    #expect(throws: SystemCallError.self) { try run(["/nowhere/program"]) }
  }

  @Test func oneThatIsTerminatedEnds() throws {
    let folder = try TemporaryFolder()
    var child = try ChildProcess(
      executable: "/bin/sleep", arguments: ["60"], outputPath: folder.path + "/o", errorPath: folder.path + "/e")
    #expect(try child.end() == nil)
    child.terminate()
    var end: ChildEnd?
    while end == nil {
      sleep(seconds: 0.001)
      end = try child.end()
    }
    #expect(end?.exitCode == 143)
    #expect(try child.end() == end, "the end is remembered")
  }
}
