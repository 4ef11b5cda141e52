import ComputationGraph
import Testing
import Training

@Suite struct PrecisionCheckTests {
  private let reference: [[Double]] = [[3, 4], [1e-16, -1e-16]]

  @Test func errorsAreRelativeToEachGradient() {
    let check = PrecisionCheck(
      [[3, 4.001], [0, 0]] as [[Double]], reference: reference, elementType: .float32, isBounded: true)
    #expect(abs(check.relativeErrors[0] - 0.0002) < 1e-12)
    #expect(!check.passes)
  }

  /// The bias before a batch norm: its gradient is rounding in either precision.
  @Test func aGradientOfNothingButRoundingIsJudgedByAllGradients() {
    let check = PrecisionCheck(
      [[3, 4], [1e-7, 1e-7]] as [[Double]], reference: reference, elementType: .float32, isBounded: true)
    #expect(check.relativeErrors[1] > 1e-8 && check.relativeErrors[1] < 1e-7)
    #expect(check.passes)
    #expect(
      !PrecisionCheck(
        [[3, 4], [1e-3, 0]] as [[Double]], reference: reference, elementType: .float32, isBounded: true
      ).passes)
  }

  @Test func anIllConditionedNetworkHasAWiderBound() {
    for (error, passes) in [(2e-5, true), (1e-5, false)] {
      var check = PrecisionCheck(
        [[3, 4.001], [0, 0]] as [[Double]], reference: reference, elementType: .float32, isBounded: true)
      check.raiseTolerance(toErrorsOf: [[3, 4 + 5 * error], [1e-16, -1e-16]], reference: reference)
      #expect(check.passes == passes, "\(error)")
    }
    var check = PrecisionCheck(
      [[3, 4], [0, 0]] as [[Double]], reference: reference, elementType: .float32, isBounded: true)
    check.raiseTolerance(toErrorsOf: reference, reference: reference)
    #expect(check.tolerance(ofParameter: 0) == 1e-5)
  }

  /// What plain loops lose in one gradient excuses no other, and of one that they lose nothing can be said.
  @Test func anIllConditionedParameterHasAWiderBoundForItselfAlone() {
    let reference: [[Double]] = [[3, 4], [3, 4], [3, 4]]
    var check = PrecisionCheck(
      [[3, 4.05], [3, 4], [0, 0]], reference: reference, elementType: .float32, isBounded: true)
    check.raiseTolerance(toErrorsOf: [[3, 4.001], [3, 4], [3, 5]], reference: reference)
    #expect([0, 1, 2].map { check.passes(parameter: $0) } == [false, true, true])
    #expect(check.tolerance(ofParameter: 0).map { abs($0 - 0.0032) < 1e-12 } == true)
    #expect(check.tolerance(ofParameter: 1) == 1e-5)
    #expect(check.tolerance(ofParameter: 2) == nil)
    check.relativeErrors[1] = 2e-5
    #expect(!check.passes(parameter: 1))
  }

  @Test func bfloat16HasAWiderBound() {
    for (error, passes) in [(0.2, true), (0.3, false)] {
      let check = PrecisionCheck(
        [[3 + 3 * error, 4 + 4 * error], [0, 0]] as [[Double]], reference: reference, elementType: .bfloat16,
        isBounded: true)
      #expect(check.passes == passes, "\(error)")
    }
  }

  @Test func nothingIsNoError() {
    #expect(
      PrecisionCheck([[0]] as [[Double]], reference: [[0]], elementType: .float32, isBounded: true).relativeErrors == [
        0
      ])
  }
}
