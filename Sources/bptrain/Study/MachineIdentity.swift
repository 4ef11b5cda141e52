import Configuration
import CostModel
import Kernels
import Reporting
import SystemCalls

/// What times depend on beside program and configuration: those of runs that differ in it are not comparable.
struct MachineIdentity: Hashable {
  let processor: String
  let instructionSet: String
  /// Of the table that chooses kernels.
  let kernelTable: String

  /// Where a report has these, below `machine`.
  static let keys = ["processor", "instructionSet", "kernelTable"]

  static func current() throws -> MachineIdentity {
    MachineIdentity(
      processor: try Hardware.current().processor, instructionSet: OneDNN.instructionSetName,
      kernelTable: try KernelTable.ofThisMachine().hash)
  }

  /// Whether nothing in a run's report tells of another machine. One that was refused tells nothing.
  func mayHaveMade(_ run: StudyRun) -> Bool {
    zip(Self.keys, [processor, instructionSet, kernelTable]).allSatisfy {
      key, here in
      run.report.value(at: "machine.\(key)")?.stringValue.map { $0 == here } ?? true
    }
  }
}
