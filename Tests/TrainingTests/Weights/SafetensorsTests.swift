import ArenaMemory
import SystemCalls
import TestSupport
import Testing

import Training

/// What weights files are written and read with, against the reference library of the format.
@Suite struct SafetensorsTests {
  /// `safetensors.numpy.save` (safetensors 0.8.0) of a scalar, an empty tensor, a vector and a matrix.
  static let golden = bytes(
    hexadecimal: """
      48010000000000007b225f5f6d657461646174615f5f223a7b226c6f7373223a22302e3235222c2271756f7465223a225c22
      c3bc5c745c7530303031222c22666f726d6174223a226e70227d2c22c3a95c225c5c5c6e223a7b226474797065223a224636
      34222c227368617065223a5b5d2c22646174615f6f666673657473223a5b302c385d7d2c22656d707479223a7b2264747970
      65223a22463332222c227368617065223a5b302c335d2c22646174615f6f666673657473223a5b382c385d7d2c226c617965
      72732e302e62696173223a7b226474797065223a22463332222c227368617065223a5b315d2c22646174615f6f6666736574
      73223a5b382c31325d7d2c226c61796572732e302e776569676874223a7b226474797065223a22463332222c227368617065
      223a5b322c335d2c22646174615f6f666673657473223a5b31322c33365d7d7d202020209a9999999999b93f0000003f0000
      803f000020c0cdcccc3d000080400000a0400000c040
      """)

  @Test func readsWhatTheReferenceLibraryWrites() throws {
    let file = try TestWeightsFile(parsing: Self.golden)
    #expect(file.metadata == ["format": "np", "loss": "0.25", "quote": "\"ü\t\u{1}"])
    #expect(
      file.tensors == [
        TestWeightsFile.Tensor(name: "é\"\\\n", shape: [], elements: .float64([0.1])),
        TestWeightsFile.Tensor(name: "empty", shape: [0, 3], elements: .float32([])),
        TestWeightsFile.Tensor(name: "layers.0.bias", shape: [1], elements: .float32([0.5])),
        TestWeightsFile.Tensor(name: "layers.0.weight", shape: [2, 3], elements: .float32([1, -2.5, 0.1, 4, 5, 6])),
      ])
  }

  /// A file of tensors that stand one behind another in memory.
  private func written<Element: TrainingElement>(
    _ tensors: [(name: String, shape: [Int], elements: [Element])], metadata: [String: String] = [:]
  ) throws -> [UInt8] {
    let elements = tensors.flatMap(\.elements)
    let width = MemoryLayout<Element>.stride
    let block = try MemoryBlock(byteCount: max(1, elements.count) * width, zeroed: true, in: JemallocArena())
    try block.write(elements, atByte: 0)
    var offset = 0
    let stored = tensors.map { tensor in
      defer { offset += tensor.elements.count * width }
      return StoredTensor<Element>(name: tensor.name, shape: tensor.shape, block: block, offset: offset)
    }
    let folder = try TemporaryFolder()
    try writeSafetensors(stored, metadata: metadata, toPath: folder.file("w"))
    return try readFile(atPath: folder.file("w"))
  }

  /// The same library's bytes, which ours must equal: names in order, one key of metadata (its order of several is
  /// random).
  @Test func writesWhatTheReferenceLibraryWrites() throws {
    let narrow = bytes(
      hexadecimal: """
        98000000000000007b225f5f6d657461646174615f5f223a7b226c6f7373223a22302e3235227d2c2261223a7b2264747970
        65223a22463332222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c385d7d2c22622e77656967
        6874223a7b226474797065223a22463332222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b38
        2c31365d7d7d20202020cdcccc3d000000400000803f000020c0
        """)
    let wide = bytes(
      hexadecimal: """
        98000000000000007b225f5f6d657461646174615f5f223a7b226c6f7373223a22302e3235227d2c2261223a7b2264747970
        65223a22463634222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c31365d7d2c22622e776569
        676874223a7b226474797065223a22463634222c227368617065223a5b312c325d2c22646174615f6f666673657473223a5b
        31362c33325d7d7d20209a9999999999b93f0000000000000040000000000000f03f00000000000004c0
        """)
    func tensors<Element: TrainingElement>(_ numbers: [Element]) -> [(String, [Int], [Element])] {
      [("a", [2], Array(numbers[..<2])), ("b.weight", [1, 2], Array(numbers[2...]))]
    }
    #expect(try written(tensors([0.1, 2, 1, -2.5] as [Float]), metadata: ["loss": "0.25"]) == narrow)
    #expect(try written(tensors([0.1, 2, 1, -2.5] as [Double]), metadata: ["loss": "0.25"]) == wide)
  }

  @Test func readsBackWhatItWrites() throws {
    let tensors = (0..<300).map { index in
      (
        name: "layers.\(index).\"weight\"\n", shape: [index % 5, 3],
        elements: (0..<index % 5 * 3).map { -Double($0) / 7 }
      )
    }
    let metadata = ["": "", "a\"b": "line\nend", "\u{1F600}": "\u{0}\u{7F}\\"]
    let back = try TestWeightsFile(parsing: written(tensors, metadata: metadata))
    #expect(back.metadata == metadata)
    #expect(
      back.tensors
        == tensors.map { TestWeightsFile.Tensor(name: $0.name, shape: $0.shape, elements: .float64($0.elements)) })
  }

  @Test func headerIsPaddedToEightBytes() throws {
    for length in 0..<16 {
      let bytes = try written([(name: String(repeating: "x", count: length), shape: [1], elements: [1 as Float])])
      #expect(bytes[0] % 8 == 0)
      #expect(bytes.count == 8 + Int(bytes[0]) + 4)
    }
    #expect(try written([] as [(String, [Int], [Float])]) == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    let file: [UInt8]
    let sentence: String
    var testDescription: String { sentence }

    init(_ file: [UInt8], _ sentence: String) {
      self.file = file
      self.sentence = sentence
    }

    /// A file with this header and so many bytes behind it.
    init(_ header: String, dataCount: Int = 0, _ sentence: String) {
      let length = UInt64(header.utf8.count)
      file =
        (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
        + [UInt8](repeating: 0, count: dataCount)
      self.sentence = sentence
    }
  }

  static let mistakes: [Mistake] = [
    Mistake([1, 2], "is no safetensors file: it has 2 bytes where the header's length alone takes 8"),
    Mistake(
      [UInt8](repeating: 0xFF, count: 8),
      "is no safetensors file: its header would take 18446744073709551615 bytes; at most 100000000 are read"),
    Mistake(
      [9, 0, 0, 0, 0, 0, 0, 0, 0x7B], "is cut off inside its header, which takes 9 bytes; 1 follow its length"),
    Mistake("", "is no safetensors file: its header does not begin with {"),
    Mistake(" {}", "is no safetensors file: its header does not begin with {"),
    Mistake("{", "has a malformed header: a string is needed where it ends"),
    Mistake("{}x", "has a malformed header: nothing is needed at byte 2, \"x\""),
    Mistake("{}", dataCount: 1, "has 1 bytes behind its header, but its tensors take 0"),
    Mistake("{\"a\":{}}", "has a malformed header: \"a\" needs \"dtype\", \"shape\" and \"data_offsets\""),
    Mistake("{\"a\":[]}", "has a malformed header: '{' is needed at byte 5, \"[]}\""),
    Mistake("{\"a\":{\"x\":1}}", "has a malformed header: the key \"x\" of \"a\" is not known"),
    Mistake(
      "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", "has a malformed header: the key \"dtype\" of \"a\" occurs twice"
    ),
    Mistake(
      "{\"a\":\(entry()),\"a\":\(entry())}", dataCount: 4, "has a malformed header: the name \"a\" occurs twice"),
    Mistake(
      "{\"__metadata__\":{},\"__metadata__\":{}}", "has a malformed header: the name \"__metadata__\" occurs twice"),
    Mistake(
      "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", "has a malformed header: the metadata's key \"k\" occurs twice"),
    Mistake("{\"__metadata__\":{\"k\":1}}", "has a malformed header: a string is needed at byte 21, \"1}}\""),
    Mistake(
      "{\"a\":\(entry(offsets: "4,0"))}", "has a malformed header: the data_offsets of \"a\" are not a start and an end"
    ),
    Mistake(
      "{\"a\":\(entry(offsets: "0,4,8"))}",
      "has a malformed header: the data_offsets of \"a\" are not a start and an end"),
    Mistake(
      "{\"a\":\(entry(shape: "-1"))}",
      "has a malformed header: a whole number is needed at byte 29, \"-1],\\\"data_of\""),
    Mistake(
      "{\"a\":\(entry(shape: "01"))}",
      "has a malformed header: a whole number is needed at byte 29, \"01],\\\"data_of\""),
    Mistake("{\"a\":\(entry(shape: "1.0"))}", "has a malformed header: ']' is needed at byte 30, \".0],\\\"data_of\""),
    Mistake(
      "{\"a\":\(entry(shape: "1,"))}",
      "has a malformed header: a whole number is needed at byte 31, \"],\\\"data_offs\""),
    Mistake(
      "{\"a\":\(entry(shape: "99999999999999999999"))}",
      "has a malformed header: the number 99999999999999999999 is too large"),
    Mistake(
      "{\"a\":\(entry(type: "BF16"))}", dataCount: 4, "\"a\" is of type \"BF16\"; \"F32\" and \"F64\" can be read"),
    Mistake(
      "{\"a\":\(entry(shape: "2"))}", dataCount: 4,
      "\"a\" has the shape [2] of F32, which takes 8 bytes, but 4 are given"),
    Mistake(
      "{\"a\":\(entry(shape: "4294967296, 4294967296"))}", dataCount: 4,
      "\"a\" has the shape [4294967296, 4294967296] of F32, which is too large"),
    Mistake(
      "{\"a\":\(entry())}", dataCount: 3, "is cut off: the bytes of \"a\" end at 4, but 3 follow the header"),
    Mistake("{\"a\":\(entry())}", dataCount: 5, "has 5 bytes behind its header, but its tensors take 4"),
    Mistake(
      "{\"a\":\(entry(offsets: "4,8"))}", dataCount: 8,
      "the bytes of \"a\" begin at 4, but 0 is where the tensor before ends"),
    Mistake(
      "{\"a\":\(entry()),\"b\":\(entry(offsets: "2,6"))}", dataCount: 8,
      "the bytes of \"b\" begin at 2, but 4 is where the tensor before ends"),
    Mistake(
      "{\"a\":\(entry()),\"b\":\(entry(offsets: "8,12"))}", dataCount: 12,
      "the bytes of \"b\" begin at 8, but 4 is where the tensor before ends"),
    Mistake("{\"a", "has a malformed header: a string is never closed"),
    Mistake("{\"a\\", "has a malformed header: a string is never closed"),
    Mistake("{\"a\n\":0}", "has a malformed header: a string has a control character"),
    Mistake("{\"\\x\":0}", "has a malformed header: an escape is needed at byte 3, \"x\\\":0}\""),
    Mistake("{\"\\u12+4\":0}", "has a malformed header: a string has \\u without four hexadecimal digits"),
    Mistake("{\"\\ud800\":0}", "has a malformed header: a string has half of a surrogate pair"),
    Mistake("{\"\\ud800\\u0041\":0}", "has a malformed header: a string has half of a surrogate pair"),
    Mistake([3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF, 0x7D], "has a malformed header: it is not UTF-8"),
    Mistake(
      String(repeating: "{", count: 100_000), "has a malformed header: a string is needed at byte 1, \"{{{{{{{{{{{{\""),
  ]

  private static func entry(type: String = "F32", shape: String = "1", offsets: String = "0,4") -> String {
    "{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}"
  }

  @Test(arguments: mistakes) func explains(_ mistake: Mistake) throws {
    let error = try #require(throws: DataFileError.self) { try TestWeightsFile(parsing: mistake.file) }
    #expect(error.description == "w: " + mistake.sentence)
    #expect(error.kind == .content)
  }

  @Test func readsEscapesAndSurrogatePairs() throws {
    let header = "{\"__metadata__\" : {\"\\u00e9\\/\\b\\f\\r\" : \"\\ud83d\\ude00\"} } "
    let file = try TestWeightsFile(parsing: [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8))
    #expect(file.metadata == ["é/\u{8}\u{C}\r": "\u{1F600}"])
  }

  /// No file cut short or with one byte changed may do anything but be read or be refused.
  @Test func survivesEveryTruncationAndByteChange() {
    for count in Self.golden.indices {
      #expect(throws: DataFileError.self) { try TestWeightsFile(parsing: Array(Self.golden[..<count])) }
    }
    var refused = 0
    for place in 0..<336 {
      for byte: UInt8 in [0, 0x20, 0x22, 0x2C, 0x30, 0x39, 0x5C, 0x7B, 0x7D, 0xFF] {
        var file = Self.golden
        file[place] = byte
        do throws(DataFileError) {
          #expect(try TestWeightsFile(parsing: file).tensors.count <= 4)
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 2000)
  }
}
