import ArenaMemory
import Checkpointing
import CommandLineInterface
import ComputationGraph
import Configuration
import Execution
import ExecutionPlanning
import Glibc
import Kernels
import Reporting
import SystemCalls
import Training

/// An error as the user meets it: a sentence and an exit code. The one place where errors of all modules become these.
struct Failure: Error {
  let code: ExitCode
  let message: String
  /// With `ExitCode.infeasibleBudget`: of any schedule.
  let minimumFeasibleBytes: Int?
  /// The same of the strategy that was asked for, where others need less.
  let neededBytes: Int?
  /// Whether the message begins with a place in a file, which editors look for at the start of a line.
  let beginsWithPlace: Bool
  /// Whether the command's result has been told already: of documents there is one.
  var followsResult = false

  init(
    _ code: ExitCode, _ message: String, minimumFeasibleBytes: Int? = nil, neededBytes: Int? = nil,
    beginsWithPlace: Bool = false
  ) {
    self.code = code
    self.message = message
    self.minimumFeasibleBytes = minimumFeasibleBytes
    self.neededBytes = neededBytes
    self.beginsWithPlace = beginsWithPlace
  }

  /// Mistakes in the configuration, each with its place.
  init(_ mistakes: [Diagnostic]) {
    self.init(
      .wrongConfiguration, mistakes.map(\.description).joined(separator: "\n"), beginsWithPlace: true)
  }

  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as UsageError: self.init(.wrongCommandLine, error.sentence)
    case let error as ConfigurationErrors:
      self.init(.wrongConfiguration, error.description, beginsWithPlace: true)
    case let error as DataFileError:
      self.init(
        error.kind == .unreadable ? .noInput : .wrongData, error.description, beginsWithPlace: error.line != nil)
    case let error as ScheduleFileError: self.init(.wrongData, error.description, beginsWithPlace: true)
    case let error as ReportDocumentError: self.init(.wrongData, error.description)
    case let error as DataRequestError: self.init(.wrongConfiguration, error.description)
    case let error as GraphError: self.init(.wrongConfiguration, error.description)
    case let error as SchedulingError: self.init(error)
    case let error as MemoryBudgetError:
      self.init(
        .infeasibleBudget, error.description, minimumFeasibleBytes: error.minimumBytes,
        neededBytes: error.bytesOfStrategy)
    case let error as ArenaMemoryError: self.init(error)
    case let error as TrainingError: self.init(error)
    case let error as FolderLockError: self.init(error)
    case let error as KernelError where error.isRefusal: self.init(.systemRefusal, error.description)
    case ExecutionError.kernel(let error) where error.isRefusal: self.init(.systemRefusal, error.description)
    case let error as SystemCallError: self.init(.systemRefusal, error.description)
    default: self.init(.internalError, "internal error: \(error)")
    }
  }

  private init(_ error: SchedulingError) {
    switch error {
    case .infeasible(_, let minimum):
      self.init(.infeasibleBudget, error.description, minimumFeasibleBytes: minimum)
    case .strategyExceedsBudget(_, let needed, _, let minimum):
      self.init(.infeasibleBudget, error.description, minimumFeasibleBytes: minimum, neededBytes: needed)
    case .tooManyExecutions, .chosenByPlan, .readFromFile: self.init(.wrongConfiguration, error.description)
    }
  }

  private init(_ error: ArenaMemoryError) {
    switch error {
    case .insufficientMemory, .refused:
      self.init(.systemRefusal, "\(error.description); --memory-budget auto plans for what there is at the start")
    case .unreasonableSize, .unsupportedAlignment, .outOfBounds, .pastCapacity, .allocator, .system:
      self.init(.systemRefusal, error.description)
    }
  }

  private init(_ error: TrainingError) {
    switch error {
    case .diverged, .recomputationDiffers: self.init(.failed, error.description)
    case .interrupted: self.init(.interrupted, error.description)
    }
  }

  private init(_ error: FolderLockError) {
    switch error {
    case .held: self.init(.folderInUse, error.description)
    case .system(let error): self = .output(error)
    }
  }

  /// A file that is to be read.
  static func input(_ error: SystemCallError) -> Failure {
    Failure(.noInput, "\(error.subject.map { "\($0): " } ?? "")cannot be read: \(error.reason)")
  }

  /// A file that is to be written: it cannot be created, or what follows fails.
  static func output(_ error: SystemCallError) -> Failure {
    let isCreation =
      ["open", "mkdir", "rename", "flock"].contains(error.call) || [ENAMETOOLONG, ELOOP].contains(error.errorNumber)
    return Failure(isCreation ? .cannotCreateOutput : .inputOutputError, "cannot write \(error.description)")
  }
}
