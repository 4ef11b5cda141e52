import Reporting
import Testing

@Suite struct UTCTextTests {
  static let cases: [(Int, String)] = [
    (0, "1970-01-01T00:00:00+00:00"), (-1, "1969-12-31T23:59:59+00:00"), (951_782_399, "2000-02-28T23:59:59+00:00"),
    (951_782_400, "2000-02-29T00:00:00+00:00"), (951_868_800, "2000-03-01T00:00:00+00:00"),
    (1_709_164_800, "2024-02-29T00:00:00+00:00"), (4_107_542_400, "2100-03-01T00:00:00+00:00"),
    (1_795_538_396, "2026-11-24T16:39:56+00:00"),
  ]

  @Test(arguments: cases) func momentsAreToldAsISO8601(seconds: Int, text: String) {
    #expect(utcText(ofSeconds: seconds) == text)
  }
}
