import CommandLineInterface
import SystemCalls

/// What a command is doing now: one line on a terminal that rewrites itself, nothing elsewhere.
final class StatusLine {
  private let isOn: Bool
  private var lastNanoseconds: UInt64 = 0
  private var hasLine = false

  init(for arguments: ParsedArguments) {
    isOn = !arguments.quiet && arguments.progress == .automatic && isTerminal(2)
  }

  func show(_ text: String) throws {
    let now = monotonicNanoseconds()
    guard isOn, now - lastNanoseconds >= 100_000_000 else { return }
    lastNanoseconds = now
    hasLine = true
    try writeToStandardError("\r\(text)\u{1B}[K")
  }

  /// Removes the line.
  func finish() throws {
    if hasLine { try writeToStandardError("\r\u{1B}[K") }
    hasLine = false
  }
}
