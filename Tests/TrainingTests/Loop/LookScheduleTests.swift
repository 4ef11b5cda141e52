import Testing
import Training

/// When values are looked at, by what looking takes.
@Suite struct LookScheduleTests {
  /// Iterations that are looked at where one takes a second, and with a look so much longer.
  private func looked(_ schedule: LookSchedule, look: Double) -> [Int] {
    var schedule = schedule
    return (0..<schedule.totalIterations).filter { iteration in
      let looks = schedule.looks(in: iteration)
      schedule.didEnd(iteration, seconds: 1 + (looks ? look : 0), lookSeconds: looks ? look : nil)
      return looks
    }
  }

  @Test func cheapLooksAreTheIntervalApart() {
    let schedule = LookSchedule(interval: 20, looksLast: true, totalIterations: 54)
    #expect(looked(schedule, look: 0.01) == [0, 20, 40, 53])
    #expect(looked(LookSchedule(interval: nil, looksLast: true, totalIterations: 54), look: 0.1) == [53])
    #expect(looked(LookSchedule(interval: nil, looksLast: false, totalIterations: 54), look: 0.1).isEmpty)
  }

  /// All of them together take their share, and not much less where there is time for more.
  @Test(arguments: [0.2, 0.5, 3, 40])
  func looksThatTakeLongAreFartherApart(look: Double) {
    let schedule = LookSchedule(interval: 20, looksLast: true, totalIterations: 20_000)
    let looked = looked(schedule, look: look)
    #expect(looked.first == 0 && looked.last == 19_999)
    let spent = Double(looked.count) * look
    let mostSpent = LookSchedule.mostShare * (20_000 + spent)
    #expect(spent <= mostSpent || looked.count == 2, "\(looked.count) looks")
    #expect(spent + look >= 0.9 * mostSpent, "\(looked.count) looks")
  }

  /// A look that takes longer than the ones before puts off those after it.
  @Test func aSlowLookIsPaidForBeforeTheNext() {
    var schedule = LookSchedule(interval: 2, looksLast: false, totalIterations: 100_000)
    schedule.didEnd(0, seconds: 1, lookSeconds: 0.001)
    #expect(schedule.looks(in: 2))
    schedule.didEnd(1, seconds: 1, lookSeconds: nil)
    schedule.didEnd(2, seconds: 2, lookSeconds: 1)
    #expect(!schedule.looks(in: 790) && !schedule.looks(in: 4))
    for iteration in 3..<810 { schedule.didEnd(iteration, seconds: 1, lookSeconds: nil) }
    #expect(schedule.looks(in: 810))
  }
}
