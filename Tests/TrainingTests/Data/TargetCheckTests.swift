import Testing

import Training

@Suite struct TargetCheckTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let text: String
    let targets: [String]
    let task: SampleTask
    let outputUnits: Int
    let message: String?
    var testDescription: String { "\(task), \(outputUnits) units: \(message ?? "fits")" }
  }

  @Test(arguments: [
    Case(text: "a,y\n1,0\n1,2\n", targets: ["y"], task: .classification, outputUnits: 3, message: nil),
    Case(
      text: "a,y\n1,0\n1,2\n1,3\n", targets: ["y"], task: .classification, outputUnits: 2,
      message:
        "a.csv:3:2: column \"y\" has the label 2 where a class number from 0 to 1 is needed (the last layer has 2 units)"
    ),
    Case(text: "a,y,z\n1,0,1\n", targets: ["y", "z"], task: .multilabel, outputUnits: 2, message: nil),
    Case(
      text: "a,y,z\n1,0,1\n", targets: ["y", "z"], task: .regression, outputUnits: 3,
      message: "a.csv: has 2 targets in a row, but the last layer has 3 units; set its units to 2"),
    Case(
      text: "a,y\n1,0\n", targets: ["y"], task: .regression, outputUnits: 3,
      message: "a.csv: has 1 target in a row, but the last layer has 3 units; set its units to 1"),
  ]) func comparesTargetsWithOutputUnits(_ testCase: Case) throws {
    let samples: Samples<Float> = try CSVFile(path: "a.csv", targets: testCase.targets, task: testCase.task)
      .parse(Array(testCase.text.utf8))
    var message: String?
    do {
      try samples.checkTargets(outputUnits: testCase.outputUnits)
    } catch {
      message = "\(error)"
    }
    #expect(message == testCase.message)
  }
}
