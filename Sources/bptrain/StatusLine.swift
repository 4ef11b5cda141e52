import CommandLineInterface
import SystemCalls

/// What a command is doing now, on standard error: one line that rewrites itself, or a plain line every five seconds.
final class StatusLine {
  private let line: RewritingLine
  private var lastNanoseconds = monotonicNanoseconds()

  init(for arguments: ParsedArguments) {
    line = RewritingLine(for: arguments)
  }

  func show(_ text: @autoclosure () -> String) {
    let now = monotonicNanoseconds()
    guard now - lastNanoseconds >= (line.rewrites ? 100_000_000 : 5_000_000_000) else { return }
    lastNanoseconds = now
    line.show(text())
  }

  /// Removes the line that rewrites itself.
  func finish() { line.clear() }
}
