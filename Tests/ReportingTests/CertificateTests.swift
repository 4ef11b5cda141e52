import ExecutionPlanning
import Reporting
import Testing
import Training

@Suite struct CertificateTests {
  @Test(arguments: [
    (1.0, "proven optimal: no schedule is faster in these bytes, the time meets its bound"),
    (1.147, "at most 14.7 % above the best there can be in these bytes"),
    (2, "at most 100.0 % above the best there can be in these bytes"),
    (13.16, "at most 13.2 times the best there can be: in so few bytes the bound tells little"),
  ])
  func saysHowFarFromTheBestItMayBe(seconds: Double, text: String) {
    let certificate = TimeCertificate(
      seconds: seconds, keepAllSeconds: 1, bound: 1, leastOfAll: 1, neighbours: PlanChoices.Neighbours())
    #expect(gapText(of: certificate) == text)
  }
}
