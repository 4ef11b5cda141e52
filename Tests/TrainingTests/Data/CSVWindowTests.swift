import RandomNumbers
import TestSupport
import Testing
import Training

/// A file of which a window is read at a time gives what its text at once gives.
@Suite struct CSVWindowTests {
  private func outcome(_ file: CSVFile, _ bytes: [UInt8]?) -> String {
    do {
      let samples: Samples<Float> = try bytes.map { try file.parse($0) } ?? file.read()
      return "\(samples.sampleCount) \(samples.featureCount) \(samples.classCount) \(try samples.features.hashValue) "
        + "\(try samples.targets.hashValue) \(samples.featureNames)"
    } catch {
      return "\(error)"
    }
  }

  private func check(_ text: [UInt8], targets: [String] = ["y"], hasHeader: Bool = true) throws -> String {
    let folder = try TemporaryFolder()
    try folder.write(text, as: "a.csv")
    let file = CSVFile(path: folder.file("a.csv"), targets: targets, task: .regression, hasHeader: hasHeader)
    let atOnce = outcome(file, text)
    #expect(outcome(file, nil) == atOnce)
    return String(atOnce.replacing(folder.path + "/", with: ""))
  }

  /// Rows of every length, so that windows end in every place of a row: in numbers, quotes and line ends.
  @Test(arguments: 1...6) func readsRowsAcrossWindows(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var text = "a,\"b\n\"\"c\"\"\",y\r\n"
    while text.utf8.count < 3_400_000 {
      let numbers = (0..<3).map { _ in "\(Double.random(in: -1...1, using: &random))" }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: text += "\"\(numbers[0])\", \(numbers[1]) ,\(numbers[2])\r\n"
      case 1: text += "\(Int.random(in: 0...9, using: &random)),0,1\n"
      default: text += numbers.joined(separator: ",") + "\n"
      }
    }
    let whole = try check(Array(text.utf8))
    #expect(whole.hasSuffix("[\"a\", \"b\\n\\\"c\\\"\"]"), "\(whole)")
    #expect(try check(Array((text + "\n\r\n\n").utf8)) == whole)
    #expect(try check(Array((text + "1,2,3").utf8)) != whole)
    // What is wrong is told of in the same words, wherever it stands.
    for wrong in ["1,2\n", "1,2,3,4\n", "\n1,2,3\n", "1,x,3\n", "1,\"2,3\n", "1,\"2\"3,4\n"] {
      let message = try check(Array((text + wrong + "7,8,9\n").utf8))
      #expect(message.hasPrefix("a.csv:"), "\(message)")
    }
    let middle = text.utf8.count / 2
    var bytes = Array(text.utf8)
    bytes[middle] = UInt8(ascii: "?")
    _ = try check(bytes)
  }

  @Test func readsLinesLongerThanAWindow() throws {
    let count = 400_000
    let names = (0..<count).map { "f\($0)" }.joined(separator: ",") + ",y\n"
    let row = String(repeating: "1.5,", count: count) + "2\n"
    let whole = try check(Array((names + row + row + row).utf8))
    #expect(whole.hasPrefix("3 \(count) 0"))
    let message = try check(Array((names + row + "1," + row).utf8))
    #expect(message == "a.csv:3: the row has \(count + 2) values where the header names \(count + 1)")
  }

  @Test(arguments: ["", "\n", "a,y\n", "a,y\n\n\n", "a,y\n1,2\n\n3,4\n", "a,y\n1,2"]) func readsShortFiles(text: String)
    throws
  {
    _ = try check(Array(text.utf8))
  }
}
