import CommandLineInterface
import SystemCalls

/// What is going on now, on standard error: a line that rewrites itself on a terminal that can, plain lines elsewhere.
///
/// Work goes on when nobody can see how far it has come: where standard error refuses a line, no more are written.
final class RewritingLine {
  /// Whether a line takes the place of the one before it.
  let rewrites: Bool
  private var isOn: Bool
  /// Columns of a line that rewrites itself: one less than the terminal's, as a full line would begin the next.
  private let width: Int
  private var hasLine = false

  init(for arguments: ParsedArguments) {
    isOn = !arguments.quiet && arguments.progress != .none
    rewrites = arguments.progress == .automatic && isTerminal(2) && environmentVariable("TERM") != "dumb"
    width = max(1, (terminalWidth(2) ?? 80) - 1)
  }

  /// - Parameter text: parts with two blanks between them; of a line that is too long the last ones are left out.
  func show(_ text: @autoclosure () -> String) {
    guard isOn else { return }
    hasLine = rewrites
    write(rewrites ? "\r\(Self.fitting(text(), width: width))\u{1B}[K" : text() + "\n")
  }

  private static func fitting(_ text: String, width: Int) -> Substring {
    guard text.count > width else { return text[...] }
    let end = text.index(text.startIndex, offsetBy: width)
    var cut: String.Index?
    var place = text.startIndex
    while place < end {
      let next = text.index(after: place)
      if text[place] == " ", text[next] == " " { cut = place }
      place = next
    }
    return text[..<(cut ?? end)]
  }

  /// Leaves the last line standing.
  func end() {
    if hasLine { write("\n") }
    hasLine = false
  }

  /// Removes the line.
  func clear() {
    if hasLine { write("\r\u{1B}[K") }
    hasLine = false
  }

  private func write(_ text: String) {
    guard isOn else { return }
    do throws(SystemCallError) {
      try writeToStandardError(text)
    } catch {
      isOn = false
    }
  }
}
