import CommandLineInterface
import Reporting
import SystemCalls
import Training

/// Tells on standard error how far training has come: one line that rewrites itself on a terminal, plain lines every
/// five seconds elsewhere.
final class ProgressPrinter {
  private let isOn: Bool
  private let rewrites: Bool
  private var lastSeconds = 0.0
  private var hasLine = false

  init(for arguments: ParsedArguments) {
    isOn = !arguments.quiet && arguments.progress != .none
    rewrites = arguments.progress == .automatic && isTerminal(2)
  }

  func show(_ progress: TrainingProgress) throws {
    guard isOn, progress.elapsedSeconds - lastSeconds >= (rewrites ? 0.1 : 5) else { return }
    lastSeconds = progress.elapsedSeconds
    hasLine = rewrites
    try writeToStandardError(rewrites ? "\r\(text(of: progress))\u{1B}[K" : text(of: progress) + "\n")
  }

  /// Ends the line that rewrites itself.
  func finish() throws {
    if hasLine { try writeToStandardError("\n") }
    hasLine = false
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
