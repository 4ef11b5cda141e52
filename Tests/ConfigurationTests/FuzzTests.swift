import Configuration
import RandomNumbers
import Testing

/// Damaged files end in an answer, the same every time.
@Suite struct FuzzTests {
  private static let pieces: [[UInt8]] =
    [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "/", "/*", "*/", "//", "\n", "'", "\\u", "\\ud800", "1e999", "-", "0",
      "null", "true", "NaN", "99999999999999999999", "\"type\"", "\"layers\":", "\"repeat\"", "\"residual\"", "é", "👩‍👩‍👧",
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0], [0xEF, 0xBB, 0xBF]]

  @Test(arguments: UInt64(0)..<8)
  func damagedFiles(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let good = Array(goodConfiguration.utf8)
    var refused = 0
    for round in 0..<400 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&bytes, &random) }
      let answer = mistakes(bytes)
      #expect(mistakes(bytes) == answer, "seed \(seed), round \(round)")
      if !answer.isEmpty {
        refused += 1
        #expect(answer.hasPrefix("c.json:"), "seed \(seed), round \(round)")
      }
    }
    // Damage in comments and names is none; most is.
    #expect(refused > 200, "seed \(seed)")
  }

  @Test(arguments: UInt64(100)..<104)
  func randomBytes(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for round in 0..<500 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        if Bool.random(using: &random) {
          bytes += Self.pieces.randomElement(using: &random) ?? []
        } else {
          bytes.append(UInt8.random(in: 0...255, using: &random))
        }
      }
      #expect(mistakes(bytes).hasPrefix("c.json:"), "seed \(seed), round \(round)")
    }
  }

  @Test func everyBeginning() {
    let good = Array(goodConfiguration.utf8)
    for count in 0..<good.count - 1 {
      #expect(mistakes(Array(good[..<count])).hasPrefix("c.json:"), "the first \(count) bytes")
    }
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random) ?? [], at: place)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
    default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
    }
  }
}
