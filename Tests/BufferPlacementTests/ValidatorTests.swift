import BufferPlacement
import RandomNumbers
import Testing

/// The validator finds each kind of fault in a placement that was right before.
@Suite struct ValidatorTests {
  ///     a 0 ..< 4, b 0 ..< 2 on it, c 2 ..< 4 in the place of b, d without bytes
  private static let buffers = [
    PlacementBuffer(byteCount: 30, alignment: 16, lower: 0, upper: 4),
    PlacementBuffer(byteCount: 16, alignment: 16, lower: 0, upper: 2),
    PlacementBuffer(byteCount: 10, alignment: 8, lower: 2, upper: 4),
    PlacementBuffer(byteCount: 0, alignment: 64, lower: 1, upper: 3),
  ]

  struct Case: CustomTestStringConvertible {
    var testDescription: String
    var offsets: [Int]
    var height = 48
    var violation: PlacementViolation?
    var sentence = ""
  }

  @Test(arguments: [
    Case(testDescription: "right", offsets: [0, 32, 32, 0]),
    Case(testDescription: "touching in time and in bytes", offsets: [16, 0, 0, 0]),
    Case(testDescription: "a buffer without bytes inside another", offsets: [0, 32, 32, 64], height: 64),
    Case(
      testDescription: "too few offsets", offsets: [0, 32, 32], violation: .countMismatch(offsets: 3, buffers: 4),
      sentence: "the placement has 3 offsets for 4 buffers"),
    Case(
      testDescription: "too many offsets", offsets: [0, 32, 32, 0, 0],
      violation: .countMismatch(offsets: 5, buffers: 4),
      sentence: "the placement has 5 offsets for 4 buffers"),
    Case(
      testDescription: "negative", offsets: [0, -16, 32, 0], violation: .negativeOffset(buffer: 1, offset: -16),
      sentence: "buffer 1 stands at the negative offset -16"),
    Case(
      testDescription: "misaligned", offsets: [0, 32, 36, 0],
      violation: .misaligned(buffer: 2, offset: 36, alignment: 8),
      sentence: "buffer 2 stands at offset 36, which is no multiple of its alignment 8"),
    Case(
      testDescription: "above the height", offsets: [0, 48, 32, 0],
      violation: .aboveHeight(buffer: 1, end: 64, height: 48),
      sentence: "buffer 1 ends at 64, above the stated height 48"),
    Case(
      testDescription: "above the height by alignment alone", offsets: [0, 32, 32, 0], height: 47,
      violation: .aboveHeight(buffer: 1, end: 48, height: 47),
      sentence: "buffer 1 ends at 48, above the stated height 47"),
    Case(
      testDescription: "above what can be counted", offsets: [0, Int.max - 15, 32, 0], height: Int.max,
      violation: .aboveHeight(buffer: 1, end: nil, height: Int.max),
      sentence: "buffer 1 ends at more than 9223372036854775807, above the stated height 9223372036854775807"),
    Case(
      testDescription: "in the same bytes", offsets: [0, 0, 32, 0], violation: .overlap(buffer: 0, other: 1),
      sentence: "buffers 0 and 1 are live at one moment and share bytes"),
    Case(
      testDescription: "in the bytes that alignment takes", offsets: [16, 32, 0, 0],
      violation: .overlap(buffer: 0, other: 1),
      sentence: "buffers 0 and 1 are live at one moment and share bytes"),
    Case(
      testDescription: "one byte too low", offsets: [0, 32, 24, 0], violation: .overlap(buffer: 0, other: 2),
      sentence: "buffers 0 and 2 are live at one moment and share bytes"),
  ])
  func finds(_ example: Case) {
    let placement = Placement(offsets: example.offsets, height: example.height, lowerBound: 48)
    var found: PlacementViolation?
    do throws(PlacementViolation) { try validate(placement, of: Self.buffers) } catch { found = error }
    #expect(found == example.violation)
    #expect(found?.description ?? "" == example.sentence)
  }

  /// Whatever buffer of a tight placement is moved by one alignment, or made larger, or made to live longer, something
  /// is found.
  @Test(arguments: 0..<50)
  func findsEveryChangeOfATightPlacement(seed: UInt64) throws {
    // All buffers meet at time 0 and fill the height, so none can give way.
    var random = SplitMix64(seed: seed)
    let buffers = (0..<8).map { _ in
      PlacementBuffer(
        byteCount: 64 * Int.random(in: 1...9, using: &random), alignment: 64,
        lower: Int.random(in: -5...0, using: &random), upper: Int.random(in: 1...5, using: &random))
    }
    let placement = place(buffers)
    try validate(placement, of: buffers)
    try #require(placement.height == placement.lowerBound)
    for index in buffers.indices {
      for change in [-64, 64] {
        var offsets = placement.offsets
        offsets[index] += change
        let moved = Placement(offsets: offsets, height: placement.height, lowerBound: placement.lowerBound)
        #expect(throws: PlacementViolation.self) { try validate(moved, of: buffers) }
      }
      var larger = buffers
      larger[index] = PlacementBuffer(
        byteCount: buffers[index].byteCount + 1, alignment: 64, lower: buffers[index].lower,
        upper: buffers[index].upper)
      #expect(throws: PlacementViolation.self) { try validate(placement, of: larger) }
    }
  }
}
