import SystemCalls

/// How a text differs from the one recorded in a file, nil where it does not: the first line that is another one.
///
/// Under `BPTRAIN_RECORD=1` the text is recorded instead, and a difference is reported all the same, so that no run of
/// the tests passes by recording what it should have checked.
///
/// - Parameters:
///   - name: the recorded file, from the folder of the test's source file.
///   - sourcePath: that source file.
/// - Throws: `SystemCallError` where the file cannot be read or recorded.
package func differenceFromGolden(_ text: String, _ name: String, sourcePath: String = #filePath) throws -> String? {
  let folder = sourcePath.split(separator: "/").dropLast().joined(separator: "/")
  let path = "/\(folder)/\(name)"
  if environmentVariable("BPTRAIN_RECORD") == "1" {
    try writeFileWhole(Array(text.utf8), toPath: path)
    return "\(name) was recorded: look at what changed in it, then run the tests again"
  }
  let recorded = String(decoding: try readFile(atPath: path), as: UTF8.self)
  guard text != recorded else { return nil }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let recordedLines = recorded.split(separator: "\n", omittingEmptySubsequences: false)
  let line =
    zip(lines, recordedLines).enumerated().first { $1.0 != $1.1 }?.offset ?? min(lines.count, recordedLines.count)
  func shown(_ lines: [Substring]) -> String { line < lines.count ? "\"\(lines[line])\"" : "the end" }
  return "\(name), line \(line + 1): recorded is \(shown(recordedLines)), and now it is \(shown(lines)); "
    + "BPTRAIN_RECORD=1 records it anew"
}
