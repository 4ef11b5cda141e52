import CommandLineInterface
import Reporting
import Training

/// Tells on standard error how far training has come: in one line that rewrites itself, or by a plain line after the
/// first iteration and every five seconds.
final class ProgressPrinter {
  private let line: RewritingLine
  private var nextSeconds = 0.0

  init(for arguments: ParsedArguments) {
    line = RewritingLine(for: arguments)
  }

  func show(_ progress: TrainingProgress) {
    let isLast = line.rewrites && progress.iteration == progress.totalIterations
    guard isLast || progress.elapsedSeconds >= nextSeconds else { return }
    nextSeconds = progress.elapsedSeconds + (line.rewrites ? 0.1 : 5)
    line.show(text(of: progress))
  }

  /// Ends the line that rewrites itself.
  func finish() { line.end() }

  private func text(of progress: TrainingProgress) -> String {
    let rate = Double(progress.iteration) / progress.elapsedSeconds
    let secondsLeft = Double(progress.totalIterations - progress.iteration) / rate
    return
      "epoch \(progress.epoch)/\(progress.totalEpochs)  iteration \(progress.iteration)/\(progress.totalIterations)"
      + "  loss \(fixed(progress.loss, 5))  \(fixed(rate, 1))/s  \(fixed(secondsLeft, 0)) s left"
      + "  activations \(byteText(progress.activationPeakBytes))"
  }
}
