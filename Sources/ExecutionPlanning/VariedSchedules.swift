/// Of schedules, fastest first, the numbers of those whose variants are looked at where their own layouts take more than
/// the budget: of each group of about equal seconds the smallest, and only where a little fewer bytes cost noticeably
/// more seconds. Elsewhere the next schedule is as good as any variant.
///
/// They do not depend on the budget, up to which the schedules may be cut off: a larger one does not lose the variants
/// of a smaller one.
func schedulesWorthVarying(_ schedules: [(byteCount: Int, seconds: Double)]) -> Set<Int> {
  return Set(
    smallestOfGroups(schedules, within: aboutEqual).filter { number in
      let (byteCount, seconds) = schedules[number]
      let next = schedules[number...].first { $0.byteCount <= byteCount - byteCount / 32 }
      return next.map { $0.seconds >= seconds * (1 + noticeable) } ?? true
    })
}

/// Of schedules, fastest first, the numbers of those that take fewest bytes of each group whose seconds differ by no
/// more than a share.
func smallestOfGroups(_ schedules: [(byteCount: Int, seconds: Double)], within share: Double) -> [Int] {
  var smallest: [Int] = []
  var groupEnd = -Double.infinity
  for (number, schedule) in schedules.enumerated() {
    if schedule.seconds > groupEnd {
      groupEnd = schedule.seconds * (1 + share)
      smallest.append(number)
    } else if schedule.byteCount < schedules[smallest[smallest.count - 1]].byteCount {
      smallest[smallest.count - 1] = number
    }
  }
  return smallest
}

/// Shares of seconds.
private let (aboutEqual, noticeable) = (0.003, 0.03)
