import Configuration
import Profiling
import Reporting
import Testing

@Suite struct StudyTests {
  private static func report(
    seconds: Double? = 0.1, peak: Int = 4096, planned: Int? = nil, digest: String = "sha256:1",
    microBatchRows: Int = 64,
    isRounded: Bool = false
  ) -> JSONValue {
    func time(_ median: Double?) -> JSONValue {
      let seconds = median.map { JSONValue.number($0) } ?? .null
      return ["median": seconds, "minimum": seconds, "maximum": seconds, "count": median == nil ? 0 : 10]
    }
    return [
      "formatVersion": 1, "machine": ["processor": "p"], "batch": ["microBatchRows": .integer(microBatchRows)],
      "schedule": ["stages": 2, "forwardExecutions": 3, "recomputedExecutions": 1, "elidedExecutions": 0],
      "stages": [
        [
          "name": "layers.0 linear", "outputBytes": 64, "residualBytes": 64, "forwardSeconds": 0.01,
          "backwardSeconds": 0.02,
        ],
        [
          "name": "layers.1 linear", "outputBytes": 64, "residualBytes": 0, "forwardSeconds": 0.01,
          "backwardSeconds": 0.02,
        ],
      ],
      "memory": [
        "activations": [
          "plannedPeakBytes": .integer(planned ?? peak), "measuredPeakBytes": .integer(peak),
          "roundedWhileKept": .bool(isRounded),
        ],
        "process": ["measuredPeakBytes": 1_000_000],
      ],
      "time": [
        "iterationSeconds": time(seconds), "forwardSeconds": time(seconds.map { $0 / 3 }),
        "predictedIterationSeconds": 0.09,
      ],
      "training": ["parametersDigest": .string(digest), "finalLoss": 0.5],
    ]
  }

  private static func run(_ key: String, _ round: Int, exitCode: Int = 0, _ report: JSONValue = report()) -> StudyRun {
    StudyRun(key: key, round: round, exitCode: exitCode, wallSeconds: 1, report: report)
  }

  private static func row(
    _ strategy: String, budget: String? = nil, settings: [StudyPoint.Setting] = [], _ runs: [StudyRun]
  ) -> StudyRow {
    StudyRow(
      point: StudyPoint(settings: settings, strategy: strategy, budget: budget, key: strategy + (budget ?? "")),
      runs: runs, repeats: 2)
  }

  private static let refused = run(
    "optimal5%", 0, exitCode: 69,
    ["formatVersion": 1, "error": ["code": 69, "message": "too small, \"really\"", "minimumFeasibleBytes": 2048]])

  private static func study(_ rows: [StudyRow]) -> StudyResult {
    StudyResult(
      version: "1", machine: ["processor": "p"], configuration: ["name": "n</script>"],
      conditions: StudyConditions(iterations: 12, warmup: 2, repeats: 2), shard: nil, key: "k", rows: rows)
  }

  private static let example = study([
    row("none", [run("none", 0, report(seconds: 0.1, peak: 8192)), run("none", 1, report(seconds: 0.11, peak: 8192))]),
    row("sqrt", [run("sqrt", 0, report(seconds: 0.15)), run("sqrt", 1, report(seconds: 0.13))]),
    row("optimal", budget: "20%", [run("optimal20%", 0)]), row("optimal", budget: "5%", [refused]),
  ])

  /// Where every timed iteration has a shorter batch there are no times; everything else is told and compared.
  @Test func runsWithoutATimeAreTold() throws {
    let untimed = [Self.run("none", 0, Self.report(seconds: nil)), Self.run("none", 1, Self.report(seconds: nil))]
    let other = Self.run("sqrt", 0, Self.report(seconds: nil, peak: 2048, digest: "sha256:2"))
    let study = Self.study([Self.row("none", untimed), Self.row("sqrt", [other, other])])
    let table = studyTable(of: study)
    #expect(!table.contains("not measured yet") && table.contains("no time: no iteration"))
    #expect(table.contains("    3    4.0 KiB          =          -       -   90.00 ms    1.0 s     -\n"), "\(table)")
    #expect(study.violations.contains { $0.contains("sqrt") }, "\(study.violations)")
    #expect(studyCSV(of: study).contains("4096") && studyCSV(of: study).contains("sha256:1"))
  }

  @Test func aLongStrategyKeepsTheTableNarrow() {
    let path = "file:/home/somebody/schedules/" + String(repeating: "deep/", count: 20) + "mine.json"
    let table = studyTable(of: Self.study([Self.row(path, [Self.run(path, 0), Self.run(path, 1)])]))
    for line in table.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(table.contains("file:/…") && table.contains("mine.json"))
  }

  @Test func pointsWhoseProcessesDisagreeAreTold() {
    let quiet = Self.row("none", [Self.run("none", 0), Self.run("none", 1, Self.report(seconds: 0.101))])
    let noisy = Self.row("sqrt", [Self.run("sqrt", 0), Self.run("sqrt", 1, Self.report(seconds: 0.15))])
    #expect(!studyTable(of: Self.study([quiet])).contains("noisy"))
    #expect(
      studyTable(of: Self.study([quiet, noisy])).contains("\nnoisy: the processes of sqrt differ by more than 5 %;"))
  }

  // MARK: Points

  @Test func combinationsGoThroughEveryValue() {
    #expect(combinations(of: []) == [[]])
    let labels = combinations(of: [("a", ["1", "2"]), ("b", ["x", "y", "z"])]).map { settings in
      settings.map { "\($0.path)=\($0.value)" }.joined(separator: " ")
    }
    #expect(labels == ["a=1 b=x", "a=1 b=y", "a=1 b=z", "a=2 b=x", "a=2 b=y", "a=2 b=z"])
  }

  @Test(arguments: ["1/1", "2/3", "3/3"]) func shardsAreRead(text: String) {
    #expect(StudyShard(parsing: text) != nil)
  }

  @Test(arguments: ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/99999"])
  func whatIsNoShardIsRefused(text: String) {
    #expect(StudyShard(parsing: text) == nil)
  }

  @Test func shardsTakeEveryPointOnce() throws {
    let shards = try (1...4).map { try #require(StudyShard(parsing: "\($0)/4")) }
    for number in 0..<30 { #expect(shards.count { $0.contains(number) } == 1) }
  }

  @Test func roundsGoForwardAndBackward() {
    #expect(order(ofRound: 0, pointCount: 3) == [0, 1, 2])
    #expect(order(ofRound: 1, pointCount: 3) == [2, 1, 0])
  }

  // MARK: Rows

  @Test func statusesFollowTheRuns() {
    #expect(Self.example.rows.map(\.status) == [.measured, .measured, .pending, .infeasible])
    #expect(Self.example.rows[3].minimumFeasibleBytes == 2048)
    #expect(Self.row("x", [Self.run("x", 0, exitCode: 71, ["error": ["message": "no"]])]).status == .failed)
  }

  @Test func theIterationTimeIsTheMedianOfTheRuns() {
    let row = Self.row("x", [0.3, 0.1, 0.2].enumerated().map { Self.run("x", $0, Self.report(seconds: $1)) })
    #expect(row.iteration?.median == 0.2 && row.iteration?.minimum == 0.1 && row.iteration?.maximum == 0.3)
    #expect(row.typicalRun?.round == 2)
    #expect(abs((row.spread ?? 0) - 0.5) < 1e-12)
  }

  @Test func aRunIsReadBackFromItsFile() throws {
    let run = Self.run("abc", 3)
    let text = run.document.text(.compact)
    #expect(StudyRun(document: try JSONValue(parsing: Array(text.utf8), fileName: "f")) == run)
    #expect(run.fileName == "abc-3.json")
    #expect(StudyRun(document: ["formatVersion": 1]) == nil)
  }

  @Test func equalParametersAndPlannedPeaksAreNoViolation() { #expect(Self.example.violations.isEmpty) }

  @Test func otherParametersAreAViolation() {
    var study = Self.example
    study.rows[1] = Self.row("sqrt", [Self.run("sqrt", 0, Self.report(digest: "sha256:2"))])
    #expect(study.violations == ["sqrt: other parameters after training than under none"])
  }

  /// Sums over micro-batches of other sizes are rounded otherwise.
  @Test func otherParametersInOtherMicroBatchesAreNone() {
    var study = Self.example
    study.rows[1] = Self.row("sqrt", [Self.run("sqrt", 0, Self.report(digest: "sha256:2", microBatchRows: 8))])
    #expect(study.violations == [])
  }

  /// What is rounded while it is kept depends on what is kept: two runs under one schedule are equal all the same.
  @Test func whereKeptValuesAreRoundedRunsOfOneScheduleAreEqual() {
    func run(_ round: Int, _ digest: String) -> StudyRun {
      Self.run("sqrt", round, Self.report(digest: digest, isRounded: true))
    }
    var study = Self.example
    study.rows[1] = Self.row("sqrt", [run(0, "sha256:2"), run(1, "sha256:2")])
    #expect(study.violations == [])
    study.rows[1] = Self.row("sqrt", [run(0, "sha256:2"), run(1, "sha256:3")])
    #expect(study.violations == ["sqrt: other parameters after training than in another run"])
  }

  @Test func aPeakThatWasNotPlannedIsAViolation() {
    var study = Self.example
    study.rows[1] = Self.row("sqrt", [Self.run("sqrt", 0, Self.report(peak: 4097, planned: 4096))])
    #expect(study.violations == ["sqrt: the arena's peak was 4097 bytes where 4096 were planned"])
  }

  // MARK: Forms

  @Test func theTableFitsAHundredColumnsAndTellsEveryStatus() {
    let lines = studyTable(of: Self.example).split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines { #expect(line.count <= 100, "\(line)") }
    #expect(lines[1].hasPrefix("none ") && lines[1].hasSuffix("1.00"))
    #expect(lines[3].hasSuffix("*"), "not every run has been made")
    #expect(lines[4].hasSuffix("infeasible: at least 2.0 KiB are needed"))
  }

  @Test func theCSVHasARowForEachPointAndQuotesText() {
    let lines = studyCSV(of: Self.example).split(separator: "\r\n")
    #expect(lines.count == 5)
    #expect(lines[0].hasPrefix("strategy,budget,status,runs,"))
    #expect(lines[2].hasPrefix("sqrt,,measured,2,10,2,3,1,0,4096,4096,"))
    #expect(lines[4].hasSuffix(#","too small, ""really""""#))
    let columns = lines[0].split(separator: ",", omittingEmptySubsequences: false).count
    #expect(lines[2].split(separator: ",", omittingEmptySubsequences: false).count == columns)
  }

  @Test func gridSettingsAreColumnsAndGroups() {
    let rows = ["1", "2"].map { value in
      Self.row("none", settings: [StudyPoint.Setting(path: "seed", value: value)], [Self.run("none", 0)])
    }
    let study = Self.study(rows)
    #expect(study.groups.map(\.label) == ["seed=1", "seed=2"])
    #expect(studyCSV(of: study).split(separator: "\r\n")[2].hasPrefix("2,none,,"))
  }

  @Test func actionsBecomeSweeps() {
    func action(_ what: String, _ stage: Int) -> JSONValue { ["do": .string(what), "stage": .integer(stage)] }
    let actions: [JSONValue] = [
      action("forward", 0), action("forward", 1), action("forward", 2), action("backward", 2), action("restore", 0),
      action("forward", 0), action("forward", 1), action("backward", 1), action("discard", 1), action("backward", 0),
    ]
    let plan = trimmedPlan(["schedule": ["actions": .array(actions)]])
    #expect(plan["sweeps"] == [[0, 0, 2], [2, 2, 2], [1, 0, 1], [2, 1, 0]])
  }

  // MARK: Page

  @Test func thePageFetchesNothingAndKeepsItsData() throws {
    let page = studyPage(of: Self.example, plans: [:])
    #expect(!page.contains("http://") || page.contains("http://www.w3.org/2000/svg"))
    #expect(
      page.components("http").allSatisfy {
        $0 == "" || $0.hasPrefix("://www.w3.org/2000/svg") || $0.hasPrefix("-equiv")
      })
    let start = try #require(page.firstRange(of: "id=\"data\">"))
    let end = try #require(page[start.upperBound...].firstRange(of: "</script>"))
    let data = try JSONValue(parsing: Array(page[start.upperBound..<end.lowerBound].utf8), fileName: "data")
    #expect(data.value(at: "groups.0.rows.1.label") == "sqrt")
    #expect(data.value(at: "groups.0.rows.1.time.0")?.doubleValue == 0.14)
    #expect(page.contains("n&lt;/script&gt;"), "the name is text")
  }

  /// Of scripts and styles the page allows its own by their hashes: what a browser would reckon of the same text.
  @Test func thePageRunsNothingButItsOwnScript() throws {
    let page = studyPage(of: Self.example, plans: [:])
    #expect(!page.contains("unsafe-"))
    for element in ["style", "script"] {
      let start = try #require(page.firstRange(of: "<\(element)>"))
      let end = try #require(page[start.upperBound...].firstRange(of: "</\(element)>"))
      let text = String(page[start.upperBound..<end.lowerBound])
      #expect(page.contains("\(element)-src \(policySource(of: text));"))
    }
    #expect(policySource(of: "abc") == "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='")
    #expect(policySource(of: "") == "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='")
  }

  @Test func detailsAreLeftOutWhereThePageWouldBeTooLarge() {
    let sweeps = JSONValue.array((0..<50_000).map { [1, .integer($0), .integer($0)] })
    let page = studyPage(of: Self.example, plans: ["none": ["sweeps": sweeps], "sqrt": ["sweeps": sweeps]])
    #expect(page.utf8.count <= largestPage)
    #expect(page.utf8.count > 600_000, "one of the two fits")
  }
}

extension String {
  /// What follows each occurrence of a text.
  fileprivate func components(_ text: String) -> [Substring] {
    ranges(of: text).map { self[$0.upperBound...] }
  }
}
