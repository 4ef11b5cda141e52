import Testing
import Training

@Suite struct PrecisionCheckTests {
  private let reference: [[Double]] = [[3, 4], [1e-16, -1e-16]]

  @Test func errorsAreRelativeToEachGradient() {
    let check = PrecisionCheck([[3, 4.001], [0, 0]] as [[Double]], reference: reference, isBounded: true)
    #expect(abs(check.relativeErrors[0] - 0.0002) < 1e-12)
    #expect(!check.passes)
  }

  /// The bias before a batch norm: its gradient is rounding in either precision.
  @Test func aGradientOfNothingButRoundingIsJudgedByAllGradients() {
    let check = PrecisionCheck([[3, 4], [1e-7, 1e-7]] as [[Double]], reference: reference, isBounded: true)
    #expect(check.relativeErrors[1] > 1e-8 && check.relativeErrors[1] < 1e-7)
    #expect(check.passes)
    #expect(!PrecisionCheck([[3, 4], [1e-3, 0]] as [[Double]], reference: reference, isBounded: true).passes)
  }

  @Test func nothingIsNoError() {
    #expect(PrecisionCheck([[0]] as [[Double]], reference: [[0]], isBounded: true).relativeErrors == [0])
  }
}
