import Testing
import Training

/// When values are looked at, by what looking takes.
@Suite struct LookScheduleTests {
  /// Iterations that are looked at where one takes a second, and with a look so much longer.
  private func looked(_ schedule: LookSchedule, look: Double, noise: (Int) -> Double = { _ in 0 }) -> [Int] {
    var schedule = schedule
    return (0..<schedule.totalIterations).filter { iteration in
      let looks = schedule.looks(in: iteration)
      schedule.didEnd(iteration, seconds: iteration == 0 ? nil : 1 + (looks ? look : 0) + noise(iteration))
      return looks
    }
  }

  @Test func cheapLooksAreTheIntervalApart() {
    let schedule = LookSchedule(interval: 20, looksLast: true, totalIterations: 54)
    #expect(looked(schedule, look: 0.16) == [0, 20, 40, 53])
    #expect(looked(LookSchedule(interval: nil, looksLast: true, totalIterations: 54), look: 0.1) == [53])
    #expect(looked(LookSchedule(interval: nil, looksLast: false, totalIterations: 54), look: 0.1).isEmpty)
  }

  /// After the second one, which tells what a look takes, they take less than a hundredth of all time.
  @Test(arguments: [0.2, 0.5, 3, 40])
  func looksThatTakeLongAreFartherApart(look: Double) {
    let schedule = LookSchedule(interval: 20, looksLast: true, totalIterations: 20_000)
    let looked = looked(schedule, look: look) { Double($0 * 37 % 10) * 1e-3 }
    #expect(looked.starts(with: [0, 20]) && looked.last == 19_999)
    let later = looked.dropFirst(2).dropLast()
    #expect(Double(later.count) * look < 0.01 * 20_000, "\(later.count) looks")
    #expect(Double(later.count) * look > 0.003 * 20_000, "\(later.count) looks")
  }

  @Test func aRunWithoutAnIterationToCompareWithLooksAtTheInterval() {
    var schedule = LookSchedule(interval: 2, looksLast: false, totalIterations: 7)
    let looked = (0..<7).filter { iteration in
      let looks = schedule.looks(in: iteration)
      schedule.didEnd(iteration, seconds: nil)
      return looks
    }
    #expect(looked == [0, 2, 4, 6])
  }
}
