import CommandLineInterface
import SystemCalls

/// What a command is doing now, on standard error: one line that rewrites itself on a terminal, a plain line every five
/// seconds elsewhere.
final class StatusLine {
  private let isOn: Bool
  private let rewrites: Bool
  private var lastNanoseconds: UInt64
  private var hasLine = false

  init(for arguments: ParsedArguments) {
    isOn = !arguments.quiet && arguments.progress != .none
    rewrites = arguments.progress == .automatic && isTerminal(2)
    lastNanoseconds = monotonicNanoseconds()
  }

  func show(_ text: @autoclosure () -> String) throws {
    let now = monotonicNanoseconds()
    guard isOn, now - lastNanoseconds >= (rewrites ? 100_000_000 : 5_000_000_000) else { return }
    lastNanoseconds = now
    hasLine = rewrites
    try writeToStandardError(rewrites ? "\r\(text())\u{1B}[K" : text() + "\n")
  }

  /// Removes the line that rewrites itself.
  func finish() throws {
    if hasLine { try writeToStandardError("\r\u{1B}[K") }
    hasLine = false
  }
}
