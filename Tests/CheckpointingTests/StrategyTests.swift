import Checkpointing
import Testing

@Suite struct StrategyTests {
  @Test(arguments: [
    ("none", Strategy.none), ("sqrt", .sqrt), ("segments:7", .segments(7)), ("every:3", .every(3)),
    ("recursive", .recursive), ("revolve:5", .revolve(5)), ("mixed:12", .mixed(12)), ("optimal", .optimal),
    ("greedy:4096", .greedy(.bytes(4096))), ("greedy:20%", .greedy(.percent(20))), ("greedy:min", .greedy(.minimum)),
    ("file:a:b.json", .file("a:b.json")),
  ])
  func parsesAndGivesItsTextBack(text: String, expected: Strategy) throws {
    let strategy = try Strategy(parsing: text)
    #expect(strategy == expected)
    #expect(strategy.description == text)
  }

  static let allowed =
    "none, sqrt, segments:K, every:K, recursive, revolve:S, mixed:S, optimal, greedy:SIZE, file:PATH"

  @Test(arguments: [
    ("sqr", "the checkpoint strategy was \"sqr\"; allowed is \(allowed) (did you mean sqrt?)"),
    ("Revolve:3", "the checkpoint strategy was \"Revolve:3\"; allowed is \(allowed) (did you mean revolve:S?)"),
    ("optimla", "the checkpoint strategy was \"optimla\"; allowed is \(allowed) (did you mean optimal?)"),
    ("everything", "the checkpoint strategy was \"everything\"; allowed is \(allowed)"),
    ("", "the checkpoint strategy was \"\"; allowed is \(allowed)"),
    (
      "revolve",
      "the checkpoint strategy was \"revolve\"; allowed is revolve:S with S a whole number of at least 1"
    ),
    (
      "segments:0",
      "the checkpoint strategy was \"segments:0\"; allowed is segments:K with K a whole number of at least 1"
    ),
    (
      "mixed:99999999999999999999",
      "the checkpoint strategy was \"mixed:99999999999999999999\"; allowed is mixed:S with S a whole number of at "
        + "least 1"
    ),
    ("every:+3", "the checkpoint strategy was \"every:+3\"; allowed is every:K with K a whole number of at least 1"),
    ("sqrt:3", "the checkpoint strategy was \"sqrt:3\"; allowed is sqrt without a number"),
    (
      "greedy:0",
      "the checkpoint strategy was \"greedy:0\"; allowed is greedy:SIZE with SIZE a positive byte count such as 4096, "
        + "64MiB or 1GB, N% or min"
    ),
    ("file:", "the checkpoint strategy was \"file:\"; allowed is file:PATH with the path of a schedule in JSON"),
  ])
  func refusesWithASentence(text: String, sentence: String) {
    #expect { try Strategy(parsing: text) } throws: { error in
      (error as? StrategyError)?.description == sentence
    }
  }

  @Test(arguments: [
    ("0", ByteSize.bytes(0)), ("17", .bytes(17)), ("17B", .bytes(17)), ("2KiB", .bytes(2048)), ("2kB", .bytes(2000)),
    ("1.5MiB", .bytes(1_572_864)), ("3MB", .bytes(3_000_000)), ("1GiB", .bytes(1 << 30)),
    ("1GB", .bytes(1_000_000_000)),
    ("2TiB", .bytes(1 << 41)), ("2TB", .bytes(2_000_000_000_000)), ("0.5B", .bytes(0)), ("12.5%", .percent(12.5)),
    ("min", .minimum), ("9223372036854775808", .bytes(.max)), ("9007199254740993TiB", .bytes(.max)),
    ("99999999999.5TB", .bytes(.max)), ("1" + String(repeating: "0", count: 400) + "%", .percent(1e15)),
  ])
  func readsSizes(text: String, expected: ByteSize) {
    #expect(ByteSize(parsing: text) == expected)
  }

  @Test(arguments: [
    "", "-1", "+1", "1 KiB", "KiB", "1KB", "1kib", ".5MB", "5.MB", "1.2.3MB", "nan", "inf%", "1e3", "%", "minimum",
    "12.5%%", "١٢",
  ])
  func refusesSizes(text: String) {
    #expect(ByteSize(parsing: text) == nil)
  }

  @Test(arguments: [
    "0", "17", "9223372036854775807", "20%", "12.5%", "0.1%", "0.00001%", "0.000000123%", "1000000000000000%", "min",
  ])
  func sizesGiveTheirTextBack(text: String) {
    #expect(ByteSize(parsing: text)?.description == text)
  }

  @Test func resolvesSizes() {
    #expect(ByteSize.percent(50).resolved(keepAllBytes: 101, minimumBytes: 7) == 50)
    #expect(ByteSize.percent(1e300).resolved(keepAllBytes: 101, minimumBytes: 7) == Int.max)
    #expect(ByteSize.minimum.resolved(keepAllBytes: 101, minimumBytes: 7) == 7)
    #expect(ByteSize.bytes(3).resolved(keepAllBytes: 101, minimumBytes: 7) == 3)
  }
}
