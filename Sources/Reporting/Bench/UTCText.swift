/// A moment as ISO 8601 has it, in universal time: `2026-11-24T16:40:00+00:00`.
///
/// - Parameter seconds: since 1970-01-01 00:00 UTC.
package func utcText(ofSeconds seconds: Int) -> String {
  let days = seconds.quotientFloored(by: 86_400)
  let rest = seconds - days * 86_400
  // Years of 12 months from March on, so that a leap day is the last of its year; eras of 400 years have 146,097 days.
  let fromMarch = days + 719_468
  let era = fromMarch.quotientFloored(by: 146_097)
  let dayOfEra = fromMarch - era * 146_097
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let month = (5 * dayOfYear + 2) / 153
  let day = dayOfYear - (153 * month + 2) / 5 + 1
  let year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0)
  func padded(_ number: Int, _ width: Int = 2) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
  return "\(padded(year, 4))-\(padded(month < 10 ? month + 3 : month - 9))-\(padded(day))T\(padded(rest / 3600)):"
    + "\(padded(rest % 3600 / 60)):\(padded(rest % 60))+00:00"
}

extension Int {
  fileprivate func quotientFloored(by divisor: Int) -> Int {
    self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor)
  }
}
