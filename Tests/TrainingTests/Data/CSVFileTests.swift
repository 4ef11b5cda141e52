import TestSupport
import Testing

import Training

@Suite struct CSVFileTests {
  private func samples(
    _ text: String, targets: [String] = ["y"], task: SampleTask = .regression, hasHeader: Bool = true,
    needsTargets: Bool = true
  ) throws -> Samples<Double> {
    try CSVFile(path: "a.csv", targets: targets, task: task, hasHeader: hasHeader, needsTargets: needsTargets)
      .parse(Array(text.utf8))
  }

  /// A cell's line ends tell nothing of where the text that is at hand ends.
  @Test func aQuotedCellMayEndInTheNextWindow() throws {
    let folder = try TemporaryFolder()
    let name = { (index: Int) in "a\(index)\n" + String(repeating: "x", count: 1000) }
    let header = (0..<1500).map { "\"\(name($0))\"" }.joined(separator: ",")
    let row = (0..<1500).map(String.init).joined(separator: ",")
    try folder.write(header + "\n" + row + "\n", as: "wide.csv")
    let samples: Samples<Double> = try CSVFile(
      path: folder.file("wide.csv"), targets: [name(1499)], task: .regression
    ).read()
    #expect(samples.featureCount == 1499 && samples.targetCount == 1)
  }

  struct Reading: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    var testDescription: String { name }
  }

  /// All of these say the same: features a, b; target y; rows (1, 2.5, -3) and (4, 5, 6).
  @Test(arguments: [
    Reading(name: "plain", text: "a,b,y\n1,2.5,-3\n4,5,6\n"),
    Reading(name: "no line end at the end", text: "a,b,y\n1,2.5,-3\n4,5,6"),
    Reading(name: "CR LF", text: "a,b,y\r\n1,2.5,-3\r\n4,5,6\r\n"),
    Reading(name: "blank last lines", text: "a,b,y\n1,2.5,-3\n4,5,6\n\n\r\n"),
    Reading(name: "byte order mark", text: "\u{FEFF}a,b,y\n1,2.5,-3\n4,5,6\n"),
    Reading(name: "blanks around cells", text: " a ,\tb, y\n 1 , 2.5\t,-3 \n4,5,6\n"),
    Reading(name: "quoted names and numbers", text: "\"a\",b,\"y\"\n\"1\",2.5,\"-3\"\n4 , \"5\" ,6\n"),
    Reading(name: "target in the middle", text: "a,y,b\n1,-3,2.5\n4,6,5\n"),
  ]) func reads(_ reading: Reading) throws {
    let samples = try samples(reading.text)
    #expect(samples.sampleCount == 2)
    #expect(samples.featureCount == 2)
    #expect(samples.targetCount == 1)
    #expect(try samples.features == [1, 2.5, 4, 5])
    #expect(try samples.targets == [-3, 6])
    #expect(samples.featureNames == ["a", "b"])
    #expect(samples.classCount == 0)
  }

  @Test func keepsTheOrderInWhichTargetsAreNamed() throws {
    let samples = try samples("a,b,c\n1,2,3\n4,5,6\n", targets: ["c", "a"])
    #expect(try samples.targets == [3, 1, 6, 4])
    #expect(try samples.features == [2, 5])
  }

  @Test func readsNamesWithCommasQuotesAndLineEnds() throws {
    let samples = try samples("\"a,1\",\"say \"\"b\"\"\",\"c\nd\",y\n1,2,3,4\n")
    #expect(samples.featureNames == ["a,1", "say \"b\"", "c\nd"])
    #expect(samples.origin.firstLine == 3)
  }

  @Test func readsColumnsByNumberWithoutHeader() throws {
    let samples = try samples("1,2,0\n3,4,2\n", targets: ["3"], task: .classification, hasHeader: false)
    #expect(try samples.features == [1, 2, 3, 4])
    #expect(try samples.targets == [0, 2])
    #expect(samples.classCount == 3)
    #expect(samples.featureNames == ["1", "2"])
    #expect(samples.origin.firstLine == 1)
  }

  @Test func readsFeaturesAloneWhereTargetsAreNotNeeded() throws {
    let samples = try samples("a,b\n1,2\n", needsTargets: false)
    #expect(samples.targetCount == 0)
    #expect(try samples.features == [1, 2])
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    let text: String
    var targets = ["y"]
    var task = SampleTask.regression
    var hasHeader = true
    var needsTargets = true
    let message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    Mistake(text: "", message: "a.csv: is empty"),
    Mistake(text: "\n\r\n", message: "a.csv: is empty"),
    Mistake(text: "a,y\n", message: "a.csv: has a header but no rows"),
    Mistake(text: "a,y\n\n\n", message: "a.csv: has a header but no rows"),
    Mistake(
      text: "a,y\n1,2\n1,abc\n", message: "a.csv:3:2: column \"y\" has the text \"abc\" where a number is needed"),
    Mistake(text: "a,y\n1,\n", message: "a.csv:2:2: column \"y\" is empty where a number is needed"),
    Mistake(text: "a,y\n ,1\n", message: "a.csv:2:1: column \"a\" is empty where a number is needed"),
    Mistake(text: "a,y\n1,NaN\n", message: "a.csv:2:2: column \"y\" has the value nan where a finite number is needed"),
    Mistake(
      text: "a,y\n-Inf,1\n", message: "a.csv:2:1: column \"a\" has the value -inf where a finite number is needed"),
    Mistake(text: "a,y\n1e309,1\n", message: "a.csv:2:1: column \"a\" has a number that is too large for float64"),
    Mistake(text: "a,y\n1 2,1\n", message: "a.csv:2:1: column \"a\" has the text \"1 2\" where a number is needed"),
    Mistake(text: "a,y\n0x1F,1\n", message: "a.csv:2:1: column \"a\" has the text \"0x1F\" where a number is needed"),
    Mistake(
      text: "a,y\n1;\u{1}\(String(repeating: "x", count: 50)),1\n",
      message:
        "a.csv:2:1: column \"a\" has the text \"1;\\u{1}\(String(repeating: "x", count: 37))...\" where a number is needed"
    ),
    Mistake(text: "a,b,y\n1,2,3\n4,5\n", message: "a.csv:3: the row has 2 values where the header names 3"),
    Mistake(text: "a,b,y\n4", message: "a.csv:2: the row has 1 value where the header names 3"),
    Mistake(text: "a,y\n1,2\n3,4,5,\"x,y\"\n", message: "a.csv:3: the row has 4 values where the header names 2"),
    Mistake(
      text: "1,2\n3\n", targets: ["1"], hasHeader: false,
      message: "a.csv:2: the row has 1 value where the first line has 2"),
    Mistake(text: "a,y\n1,2\n\n3,4\n", message: "a.csv:3: the line is blank; only the last lines may be"),
    Mistake(text: "a,y,a\n1,2,3\n", message: "a.csv:1:3: two columns have the name \"a\": 1 and 3; names must differ"),
    Mistake(
      text: "digt,b\n1,2\n", targets: ["digit"],
      message: "a.csv:1: no column has the name \"digit\" that the target was given; did you mean \"digt\"?"),
    Mistake(
      text: "a,b\n1,2\n", targets: ["price"],
      message: "a.csv:1: no column has the name \"price\" that the target was given; the columns are \"a\", \"b\""),
    Mistake(
      text: "a,b,c,d,e,f,g,h,i,j\n", targets: ["price"],
      message:
        "a.csv:1: no column has the name \"price\" that the target was given; the columns are \"a\", \"b\", \"c\", \"d\", "
        + "\"e\", \"f\", \"g\", \"h\" and 2 more"),
    Mistake(
      text: "1,2\n3,4\n", targets: ["price"],
      message:
        "a.csv:1: no column has the name \"price\" that the target was given; the first line has only numbers: set "
        + "\"header\" to false if it is no header"),
    Mistake(
      text: "a;price\n3;4\n", targets: ["price"],
      message: "a.csv:1: no column has the name \"price\" that the target was given; columns are separated by commas"),
    Mistake(
      text: "1,2\n", targets: ["0"], hasHeader: false,
      message: "a.csv:1: the file has no header, so a target is a column's number from 1 to 2; found \"0\""),
    Mistake(
      text: "a,y\n1,2\n", targets: ["y", "z"], needsTargets: false,
      message: "a.csv:1: no column has the name \"z\" that the target was given; the columns are \"a\", \"y\""),
    Mistake(text: "a,y\n1,2\n", targets: ["y", "y"], message: "a.csv: the target \"y\" is named twice"),
    Mistake(
      text: "y\n1\n", message: "a.csv:1: every column is a target; at least one must be left as a feature"),
    Mistake(
      text: "a,y\n1,2\n", targets: ["a", "y"], task: .classification,
      message: "a.csv: classification has exactly one target column; found 2 names"),
    Mistake(
      text: "a,y\n1,2.5\n", task: .classification,
      message: "a.csv:2:2: column \"y\" has 2.5 where a class number (0, 1, 2, ...) is needed"),
    Mistake(
      text: "a,y\n1,-1\n", task: .classification,
      message: "a.csv:2:2: column \"y\" has -1 where a class number (0, 1, 2, ...) is needed"),
    Mistake(
      text: "a,y\n1,setosa\n", task: .classification,
      message: "a.csv:2:2: column \"y\" has the text \"setosa\" where a class number (0, 1, 2, ...) is needed"),
    Mistake(
      text: "a,y\n1,16777216\n", task: .classification,
      message: "a.csv:2:2: column \"y\" has 16777216 where a class number below 16777216 is needed"),
    Mistake(
      text: "a,y\n1,2\n", task: .multilabel,
      message: "a.csv:2:2: column \"y\" has 2 where a label from 0 to 1 is needed"),
    Mistake(
      text: "7,x\n", targets: ["1"], hasHeader: false,
      message: "a.csv:1:2: column 2 has the text \"x\" where a number is needed"),
    Mistake(text: "a,y\n\"1,2\n", message: "a.csv:2:1: column \"a\" begins with a quote that is never closed"),
    Mistake(
      text: "a,y\n\"1\"2,3\n",
      message: "a.csv:2:1: column \"a\" has text behind its closing quote; a quote inside quotes is written twice"),
  ]) func explains(_ mistake: Mistake) throws {
    let error = try #require(throws: DataFileError.self) {
      try samples(
        mistake.text, targets: mistake.targets, task: mistake.task, hasHeader: mistake.hasHeader,
        needsTargets: mistake.needsTargets)
    }
    #expect("\(error)" == mistake.message)
    #expect(error.kind == .content)
  }

  @Test func refusesTextThatIsNotUTF8() throws {
    let error = try #require(throws: DataFileError.self) {
      let _: Samples<Float> = try CSVFile(path: "a.csv", targets: ["y"], task: .regression)
        .parse([0xFF, 0xFE, 0x61, 0, 0x2C, 0])
    }
    #expect("\(error)" == "a.csv:1:1: is not UTF-8 text")
  }

  @Test func refusesMoreColumnsThanAreRead() throws {
    let commas = [UInt8](repeating: UInt8(ascii: ","), count: CSVFile.columnLimit)
    let error = try #require(throws: DataFileError.self) {
      let _: Samples<Float> = try CSVFile(path: "a.csv", targets: ["y"], task: .regression).parse(commas)
    }
    #expect("\(error)" == "a.csv:1: the line has more than 1048576 values, the most that are read")
  }

  /// Whatever stands in a file, it is read or refused; what is read has the sizes that it says.
  @Test func survivesRandomChanges() {
    let stream = RandomStream(seed: 8, purpose: .syntheticFeatures)
    let alphabet = Array("0123456789,,,\"\n\r\n -+.eEaby\u{FF}\0".utf8)
    var read = 0
    for index in 0..<30_000 as Range<UInt64> {
      var bytes = Array("a,\"b\",y\r\n1,2.5,0\n\"4\",5e0,1\n".utf8)
      for change in 0..<UInt64(1 + index % 4) {
        let words = stream.words(at: index * 4 + change)
        bytes[Int(words.x % UInt64(bytes.count))] = alphabet[Int(words.y % UInt64(alphabet.count))]
      }
      for file in [
        CSVFile(path: "a.csv", targets: ["y"], task: .classification),
        CSVFile(path: "a.csv", targets: ["3"], task: .multilabel, hasHeader: false),
      ] {
        do {
          let samples: Samples<Float> = try file.parse(bytes)
          #expect(try samples.sampleCount > 0 && samples.features.allSatisfy(\.isFinite), "change \(index)")
          read += 1
        } catch {
          #expect((error as? DataFileError)?.kind == .content)
        }
      }
    }
    #expect(read > 1000)
  }

  @Test func roundsToFloat32AndRefusesWhatDoesNotFit() throws {
    let file = CSVFile(path: "a.csv", targets: ["y"], task: .regression)
    let samples: Samples<Float> = try file.parse(Array("a,y\n0.1,3e38\n".utf8))
    #expect(try samples.features == [0.1])
    #expect(try samples.targets == [3e38])
    let error = try #require(throws: DataFileError.self) {
      let _: Samples<Float> = try file.parse(Array("a,y\n1,4e38\n".utf8))
    }
    #expect("\(error)" == "a.csv:2:2: column \"y\" has a number that is too large for float32")
  }

  @Test func tellsAMissingFileFromAWrongOne() throws {
    for (path, message) in [
      ("/nonexistent/a.csv", "/nonexistent/a.csv: cannot be read: No such file or directory"),
      ("/", "/: cannot be read: Is a directory"),
    ] {
      let error = try #require(throws: DataFileError.self) {
        let _: Samples<Float> = try CSVFile(path: path, targets: ["y"], task: .regression).read()
      }
      #expect(error.kind == .unreadable)
      #expect("\(error)" == message)
    }
  }

  @Test func readsTheDigits() throws {
    let digits: Samples<Float> = try CSVFile(
      path: packageFolder + "/configs/data/digits.csv", targets: ["digit"], task: .classification
    ).read()
    #expect(digits.sampleCount == 1797)
    #expect(digits.featureCount == 64)
    #expect(digits.classCount == 10)
    #expect(digits.byteCount == 1797 * 65 * 4)
    #expect(try digits.features[..<6] == [0, 0, 5, 13, 9, 1])
    #expect(try digits.features.max() == 16)
    let labels = try digits.targets
    #expect(
      (0..<10).map { label in labels.count { $0 == Float(label) } } == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
      ])
    try digits.checkTargets(outputUnits: 10)
  }
}

/// The folder of the package, found from this file.
let packageFolder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
