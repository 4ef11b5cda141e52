import CommandLineInterface
import Reporting
import SystemCalls
import Training

/// Tells on standard error how far training has come: one line that rewrites itself on a terminal that can, elsewhere a
/// plain line after the first iteration and every five seconds.
final class ProgressPrinter {
  private var isOn: Bool
  private let rewrites: Bool
  /// Columns of a line that rewrites itself: one less than the terminal's, as a full line would begin the next.
  private let width: Int
  private var nextSeconds = 0.0
  private var hasLine = false

  init(for arguments: ParsedArguments) {
    isOn = !arguments.quiet && arguments.progress != .none
    rewrites = arguments.progress == .automatic && isTerminal(2) && environmentVariable("TERM") != "dumb"
    width = max(1, (terminalWidth(2) ?? 80) - 1)
  }

  func show(_ progress: TrainingProgress) {
    let isLast = rewrites && progress.iteration == progress.totalIterations
    guard isOn, isLast || progress.elapsedSeconds >= nextSeconds else { return }
    nextSeconds = progress.elapsedSeconds + (rewrites ? 0.1 : 5)
    hasLine = rewrites
    let text = text(of: progress)
    write(rewrites ? "\r\(text.prefix(width))\u{1B}[K" : text + "\n")
  }

  /// Ends the line that rewrites itself.
  func finish() {
    if hasLine { write("\n") }
    hasLine = false
  }

  /// Training goes on when nobody can see how far it has come.
  private func write(_ text: String) {
    do throws(SystemCallError) {
      try writeToStandardError(text)
    } catch {
      isOn = false
    }
  }

  private func text(of progress: TrainingProgress) -> String {
    let rate = Double(progress.iteration) / progress.elapsedSeconds
    let secondsLeft = Double(progress.totalIterations - progress.iteration) / rate
    return
      "epoch \(progress.epoch)/\(progress.totalEpochs)  iteration \(progress.iteration)/\(progress.totalIterations)"
      + "  loss \(fixed(progress.loss, 5))  \(fixed(rate, 1))/s  \(fixed(secondsLeft, 0)) s left"
      + "  activations \(byteText(progress.activationPeakBytes))"
  }
}
