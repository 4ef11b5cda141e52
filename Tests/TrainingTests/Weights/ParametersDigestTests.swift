import Kernels
import RandomNumbers
import TestSupport
import Testing

import Training

@Suite struct ParametersDigestTests {
  private func sha256(_ message: [UInt8]) -> [UInt32] {
    var hash = SHA256()
    let whole = message.count / 4 * 4
    for start in stride(from: 0, to: whole, by: 4) {
      hash.update(message[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
    let words = hash.finish(Array(message[whole...]))
    return words.indices.map { words[$0] }
  }

  /// FIPS 180-4's examples and the length borders of one and two blocks (the latter from Python's hashlib).
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ("b", 52, "32da2bfb1cebc51fcb744ef4f2563438d0b5c85d9f01b9a950b10d0d67fe73cb"),
    ("b", 55, "eb2c86e932179f4ba13fe8715a26124b77d6bad290b9b4c1cc140cf633300c19"),
    ("b", 56, "a5fc6e203a4c2b657d0d153885932414b2ffc6a93f0f8bf8b3183315e5a7212c"),
    ("b", 59, "793594471f7f3a6d6aeb73418ae019ea2dba4c11fe79d911037b97d00e3ce97a"),
    ("b", 63, "94e419fabac7f930810f9636354042f8c1426d2f834d4ab65c93dc1e69326b13"),
    ("b", 64, "a0fab1377f49a759b57f63318262ebe89fabfc990e8e93ceac2984561482b9d4"),
    ("b", 65, "74b128f30cf83de43ddf4aafc40c7b50a7443d3c73a89a7cfca17e15e43d51ab"),
    ("b", 119, "68297a9eb141ce16bbc0847da1c0c48e2858704feaa13993bde29f87a198a6e1"),
    ("b", 120, "392add47fbaa8197a874ebe770a947a26dd6f2becce5f64688cc4d18c9da93bd"),
    ("b", 128, "70ae1c5307f5250d5cb9e40742ba9613fcdf9b8d9eb6dd393330443b2d5effbd"),
  ]) func agreesWithTheStandard(text: String, count: Int, digest: String) {
    let message = [[UInt8]](repeating: Array(text.utf8), count: count).flatMap { $0 }
    #expect(
      sha256(message) == stride(from: 0, to: 64, by: 8).map { UInt32(digest.dropFirst($0).prefix(8), radix: 16)! })
  }

  /// Numbers are taken in by blocks, wherever a piece begins.
  @Test func piecesAreTakenInAsTheirWords() {
    var random = SplitMix64(seed: 1)
    for count in [0, 1, 15, 16, 17, 32, 33, 250, 1024] {
      let numbers = (0..<count).map { _ in Float(bitPattern: random.next()) }
      var expected = SHA256()
      for number in numbers { expected.update(number.bitPattern.byteSwapped) }
      let words = expected.finish()
      for cut in [0, 1, 5, 16, count / 2] where cut <= count {
        var hash = SHA256()
        hash.update(numbers.span.extracting(0..<cut))
        hash.update(numbers.span.extracting(cut..<count))
        let found = hash.finish()
        #expect(found.indices.allSatisfy { found[$0] == words[$0] }, "\(count) numbers, cut at \(cut)")
      }
    }
  }

  @Test(.enabled(if: SHA256Compression.hasInstructions, "the processor has no instructions for SHA-256"))
  func instructionsGiveWhatPlainCodeGives() {
    var random = SplitMix64(seed: 1)
    for blockCount in [1, 2, 7] {
      let message = (0..<16 * blockCount).map { _ in random.next() as UInt32 }
      var fast = InlineArray<8, UInt32> { _ in random.next() }
      var plain = fast
      SHA256Compression.compress(&fast, message.span, usesInstructions: true)
      SHA256Compression.compress(&plain, message.span, usesInstructions: false)
      #expect(fast.indices.allSatisfy { fast[$0] == plain[$0] }, "\(blockCount) blocks")
    }
  }

  /// The expected text is Python's `hashlib.sha256(numpy.array([1, -2.5, 0.1], "<f4")).hexdigest()`.
  @Test func hashesParametersAsLittleEndianFloat32() {
    var digest = ParametersDigest()
    digest.update(([1, -2.5, 0.1] as [Float]).span)
    #expect(digest.text == "sha256:2f9cc761bc2594fa578868daeedc59b0fc115513fae3e5dc09c4e86e50b8aaf6")
    var parts = ParametersDigest()
    parts.update(([1] as [Float]).span)
    parts.update(([-2.5, 0.1] as [Double]).span)
    #expect(parts.text == digest.text)
    #expect(ParametersDigest().text == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }
}
