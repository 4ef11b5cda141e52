/// A set of moments that finds the last member at or before a moment in a few operations, however many there are: a
/// bit for each moment, a bit for each word of bits that is not zero, and so on upwards.
struct MomentSet {
  private var levels: [[UInt64]] = []

  /// The empty set of moments below `momentCount`.
  init(momentCount: Int) {
    var count = momentCount
    repeat {
      count = (count + 63) / 64
      levels.append(Array(repeating: 0, count: count))
    } while count > 1
  }

  mutating func insert(_ moment: Int) {
    var index = moment
    for level in levels.indices {
      let word = levels[level][index / 64]
      levels[level][index / 64] = word | 1 << UInt64(index % 64)
      if word != 0 { return }
      index /= 64
    }
  }

  mutating func remove(_ moment: Int) {
    var index = moment
    for level in levels.indices {
      levels[level][index / 64] &= ~(1 << UInt64(index % 64))
      if levels[level][index / 64] != 0 { return }
      index /= 64
    }
  }

  /// The last member at or before `moment`.
  func last(upTo moment: Int) -> Int? {
    var index = moment
    for level in levels.indices {
      // Above the lowest level, only words before the one that was looked at.
      let bits = UInt64(index % 64) + (level == 0 ? 1 : 0)
      let word = levels[level][index / 64] & (bits == 64 ? .max : (1 << bits) - 1)
      if word != 0 {
        var found = index / 64 * 64 + 63 - word.leadingZeroBitCount
        for below in stride(from: level - 1, through: 0, by: -1) {
          found = found * 64 + 63 - levels[below][found].leadingZeroBitCount
        }
        return found
      }
      index /= 64
    }
    return nil
  }
}
