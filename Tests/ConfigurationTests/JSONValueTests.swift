import Configuration
import RandomNumbers
import Testing

@Suite struct JSONValueTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), fileName: "v.json")
  }

  static let documents: [(String, JSONValue)] = [
    ("null", JSONValue.null), ("true", true), ("-12", -12), ("0", 0), ("-0", 0),
    ("1.0", 1.0), ("1e3", 1000), ("1e16", 1e16),
    ("-2.5E-3", -0.0025), ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", 9223372036854775808.0), ("5e-324", .number(.leastNonzeroMagnitude)), ("0.0e-999", 0.0),
    ("10E-1", 1),
    (#""a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00é""#, "a\"\\/\u{8}\u{C}\n\r\tA😀é"), (#""\u0000""#, "\0"),
    ("[]", []), ("{}", [:]), ("[1, [2], {},]", [1, [2], [:]]),
    ("// a\n{ /* b */ \"x\": 1, // c\r\n \"y\" /**/ : [ 2, /***/ ], } // d", ["x": 1, "y": [2]]),
    ("\u{FEFF}\t[\"/* no comment */ // neither\"]\r\n", ["/* no comment */ // neither"]),
  ]

  @Test(arguments: documents)
  func parsing(text: String, expected: JSONValue) throws {
    #expect(try parse(text) == expected)
  }

  static let values: [(JSONValue, String)] = [
    (JSONValue.null, "null"), (false, "false"), (-3, "-3"), (1.0, "1.0"), (0.1, "0.1"), (1e-8, "1e-08"),
    (.number(1.0 / 3), "0.3333333333333333"), (.number(.greatestFiniteMagnitude), "1.7976931348623157e+308"),
    (.number(.nan), "null"), (.number(.infinity), "null"), (.number(-.infinity), "null"),
    ("a\"\\\n\r\t\u{1}\u{7F}é😀", #""a\"\\\n\r\t\u0001\u007fé😀""#), ([], "[]"), ([:], "{}"),
    (["b": [1, 2], "a": ["x": nil]], #"{"b":[1,2],"a":{"x":null}}"#),
  ]

  @Test(arguments: values)
  func writing(value: JSONValue, expected: String) {
    #expect(value.text(.compact) == expected)
  }

  @Test func prettyWriting() {
    let value: JSONValue = [
      "name": "a", "empty": [], "none": [:], "numbers": [1, 2.5], "list": [["x": 1, "y": "z"], [[]]],
      "long": ["a": 1, "b": 2, "c": 3, "d": 4, "e": 5],
    ]
    #expect(
      value.text(.pretty) == """
        {
          "name": "a",
          "empty": [],
          "none": {},
          "numbers": [1, 2.5],
          "list": [
            {"x": 1, "y": "z"},
            [
              []
            ]
          ],
          "long": {
            "a": 1,
            "b": 2,
            "c": 3,
            "d": 4,
            "e": 5
          }
        }
        """)
  }

  @Test func mistakesAreTold() {
    let error = #expect(throws: ConfigurationErrors.self) { try parse("{ \"a\": 1, \"a\": 2 } x") }
    #expect(
      error?.description == """
        v.json:1:11: a: found the key again, first given on line 1, allowed: each key once
        { "a": 1, "a": 2 } x
                  ^
        v.json:1:20: found "x" after the end of the value, allowed: nothing but comments
        { "a": 1, "a": 2 } x
                           ^
        """)
  }

  @Test(arguments: [1, 7, 8, 9, 10, 40])
  func aKeyGivenAgainIsFoundAmongAnyNumber(keyCount: Int) {
    let members = (0..<keyCount).map { "\"k\($0)\": 1,\n" }.joined()
    for again in [0, keyCount / 2, keyCount - 1] {
      let error = #expect(throws: ConfigurationErrors.self) { try parse("{\n\(members)\"k\(again)\": 2 }") }
      #expect(
        error?.description.hasPrefix(
          "v.json:\(keyCount + 2):1: k\(again): found the key again, first given on line \(again + 2), allowed") == true
      )
    }
  }

  @Test func parts() {
    let value: JSONValue = ["a": [1, 2.5, "s", true], "b": nil]
    #expect(value["a"]?[0]?.integerValue == 1)
    #expect(value["a"]?[0]?.doubleValue == 1)
    #expect(value["a"]?[1]?.doubleValue == 2.5)
    #expect(value["a"]?[1]?.integerValue == nil)
    #expect(value["a"]?[2]?.stringValue == "s")
    #expect(value["a"]?[3]?.boolValue == true)
    #expect(value["a"]?[4] == nil)
    #expect(value["a"]?.elements?.count == 4)
    #expect(value.members?.map(\.name) == ["a", "b"])
    #expect(value["c"] == nil)
    #expect(value[0] == nil)
  }

  @Test func randomDocumentsReadBack() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let value = randomValue(depth: 4, &random)
      #expect(try parse(value.text(.compact)) == value, "seed 1")
      #expect(try parse(value.text(.pretty)) == value, "seed 1")
    }
  }

  private func randomValue(depth: Int, _ random: inout SplitMix64) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(Int(truncatingIfNeeded: random.next()))
    case 3:
      let number = Double(bitPattern: random.next())
      return .number(number.isFinite ? number : 0.5)
    case 4: return .string(randomString(&random))
    case 5:
      return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in randomValue(depth: depth - 1, &random) })
    default:
      return .object(
        (0..<Int.random(in: 0..<5, using: &random)).map {
          JSONMember("\($0)" + randomString(&random), randomValue(depth: depth - 1, &random))
        })
    }
  }

  private func randomString(_ random: inout SplitMix64) -> String {
    var scalars = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<8, using: &random) {
      scalars.append(
        Unicode.Scalar(UInt32.random(in: 0..<0xD800, using: &random) >> UInt32.random(in: 0..<10, using: &random))
          ?? "x")
    }
    return String(scalars)
  }
}
