import Reporting
import Testing

@Suite struct PredictionLinesTests {
  @Test(arguments: [
    (0, 18, 0, "18 kinds of execution measured on this machine in 174.95 ms"),
    (13, 0, 0, "13 kinds of execution measured on this machine, by earlier runs"),
    (5, 8, 0, "13 kinds of execution measured on this machine, 5 of them by earlier runs, 8 in 174.95 ms"),
    (0, 9, 40, "9 kinds of execution measured on this machine in 174.95 ms; 40 reckoned from these"),
  ])
  func sayWhatWasMeasuredWhen(known: Int, measured: Int, reckoned: Int, expected: String) {
    let time = PredictedTimeFacts(
      forward: 1, backward: 2, recompute: 0.5, update: 0.1, keepAllIteration: 2.6,
      source: .measured(known: known, measured: measured, reckoned: reckoned, seconds: 0.17495))
    #expect(predictionLines(time).suffix(2).joined(separator: " ").hasSuffix(expected))
  }
}
