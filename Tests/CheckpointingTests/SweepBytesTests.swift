import Testing
import Checkpointing

/// Bytes told from a schedule's splits alone, against those that a replay counts.
@Suite struct SweepBytesTests {
  @Test(arguments: 0..<60)
  func areNoMoreThanThePeak(seed: UInt64) throws {
    let count = [2, 5, 17, 60, 200][Int(seed) % 5]
    let drawn = try RandomChains.chain(count, seed: seed, kinds: RandomChains.Kind.allCases, largest: 30)
    let chain = seed % 2 == 0 ? drawn : try RandomChains.countingPeaks(drawn, seed: seed)
    for units in [1, 2, 3, 7, 20, count / 3, count / 2, count] where units >= 1 && units <= count {
      for family in UnitFamily.allCases {
        let peak = try replay(family.schedule(units, on: chain), on: chain).peakBytes
        #expect(chain.sweepBytes(family, units: units) <= peak, "\(family), \(units) units, seed \(seed)")
      }
    }
  }

  /// With many units hardly more is live at the peak.
  @Test func areCloseToThePeakOfManyUnits() throws {
    let chain = try RandomChains.layers(4000, seed: 5)
    for family in UnitFamily.allCases {
      for units in [300, 1000, 2500] {
        let peak = try replay(family.schedule(units, on: chain), on: chain).peakBytes
        #expect(Double(chain.sweepBytes(family, units: units)) > 0.9 * Double(peak), "\(family), \(units) units")
      }
    }
  }
}

extension UnitFamily {
  fileprivate func schedule(_ units: Int, on chain: Chain) throws -> Schedule {
    switch self {
    case .binomial: chain.schedule("optimal", by: BinomialDecisions(chain: chain), allowance: units)
    case .mixed: try makeSchedule(.mixed(units), for: chain)
    case .revolve: try makeSchedule(.revolve(units), for: chain)
    }
  }
}
