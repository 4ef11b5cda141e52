import Configuration
import Testing

/// Bytes that are no text.
@Suite struct EncodingMistakeTests {
  @Test func invalidBytesInAString() {
    let bytes =
      Array(configuration("\"threads\": 0, \"name\": \"é").utf8).dropLast(2) + [0xFF, 0xC3] + Array("b\" }".utf8)
    #expect(
      mistakes(Array(bytes)) == """
        c.json:3:12: threads: found 0, allowed: an integer from 1 to 4096
        "threads": 0, "name": "é\u{FFFD}\u{FFFD}b" }
                   ^
        c.json:3:25: found the byte 0xFF, allowed: UTF-8 text
        "threads": 0, "name": "é\u{FFFD}\u{FFFD}b" }
                                ^
        """)
  }

  @Test func invalidBytesInAComment() {
    #expect(
      mistakes([0x2F, 0x2A, 0xC0, 0x80, 0x2A, 0x2F] + Array(configuration().utf8)) == """
        c.json:1:3: found the byte 0xC0, allowed: UTF-8 text
        /*\u{FFFD}\u{FFFD}*/{ "data": { "type": "csv", "path": "d.csv", "target": "y" },
          ^
        """)
  }

  @Test func anotherEncoding() {
    #expect(
      mistakes([0xFE, 0xFF, 0x00, 0x7B]) == """
        c.json:1:1: found the byte 0xFE, allowed: UTF-8 text
        \u{FFFD}\u{FFFD}\u{FFFD}{
        ^
        """)
  }

  @Test func aByteOrderMarkIsNoCharacter() {
    #expect(
      mistakes([0xEF, 0xBB, 0xBF] + Array("{ \"seed\": -1, \"data\": 1, \"model\": 1 }".utf8)).hasPrefix(
        """
        c.json:1:11: seed: found -1, allowed: an integer from 0 to 9223372036854775807
        { "seed": -1, "data": 1, "model": 1 }
                  ^
        """))
  }
}
