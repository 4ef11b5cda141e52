import CommandLineInterface
import Configuration
import CostModel
import Kernels
import Reporting
import SystemCalls

/// `bptrain doctor`: what this machine gives, and whether the kernels compute right on it.
func runDoctor(_ arguments: ParsedArguments) throws -> ExitCode {
  let parsed = try readConfiguration(
    bytes: Array(checkedNetwork.utf8), fileName: "the network of doctor",
    overrides: arguments.overrides.map { try $0.configurationOverride() })
  let signals = try watchSignals(arguments, sayingAtOnce: "interrupted; nothing was written")
  let report = try ComputeThread().run { () throws -> DoctorReport in
    var tuning: [KernelTuner.Measurement]?
    if arguments.tunesKernels { tuning = try tuneKernels(parsed, arguments) }
    let memory = try MemoryLimits.current()
    let resident = try ProcessMemory.current().residentBytes
    let run = try PreparedRun<Float>(parsed, arguments: arguments, trains: false)
    let limits =
      memory.furtherBytes < 1 << 30
      ? nil : try MachineLimits(team: run.team, library: OneDNNKernels(team: run.team))
    return DoctorReport(
      version: programVersion, machine: try run.machineFacts(), hardware: try Hardware.ofThisProcess(),
      waitingThreads: .current, memory: memory,
      automaticBudgetBytes: memory.budgetBytes(residentBytes: resident), hugePages: HugePages.current(),
      limits: limits, kernels: try kernelTableFacts(tuning), check: try check(run, arguments))
  }
  signals.attend()
  try publish(document(of: report), table: doctorTable(of: report), arguments)
  return report.check.passes ? .success : .failed
}

/// Finds the fastest kernels of usual products and leaves them for all later runs on this machine.
private func tuneKernels(
  _ parsed: ParsedConfiguration, _ arguments: ParsedArguments
) throws -> [KernelTuner.Measurement] {
  guard let cache = try KernelTableCache() else {
    throw Failure(
      .cannotCreateOutput, "there is no folder for what is tuned: set XDG_CACHE_HOME or HOME to an absolute path")
  }
  // A file that cannot be used is told before the time is spent.
  do throws(KernelTableCache.Mistake) { _ = try cache.read() } catch { throw Failure(.wrongData, error.description) }
  let team = try makeTeam(threadCount: parsed.configuration.threads)
  if !arguments.quiet { note("bptrain: measuring products of usual sizes, some 20 seconds\n") }
  let found = try KernelTuner(team: team).tune()
  try cache.replace(
    found.map { ($0.productClass, $0.method) }, threads: team.threadCount > 1 ? [1, team.threadCount] : [1])
  return found
}

private func kernelTableFacts(_ tuning: [KernelTuner.Measurement]?) throws -> DoctorReport.Kernels {
  let table = try KernelTable.ofThisMachine()
  return DoctorReport.Kernels(
    tableHash: table.hash, tunedClassCount: table.tuned.count, path: try KernelTableCache()?.path, tuning: tuning)
}

/// Every kind of layer, smooth everywhere, small enough to be differentiated within a second.
private let checkedNetwork = """
  {
    "name": "doctor", "seed": 1, "costs": "flops",
    "data": { "type": "synthetic", "samples": 32, "features": 24, "outputs": 5, "task": "classification" },
    "model": { "layers": [
      { "type": "linear", "units": 48 }, { "type": "batchNorm" }, { "type": "silu" },
      { "type": "repeat", "count": 4, "layers": [
        { "type": "residual", "layers": [
          { "type": "layerNorm" }, { "type": "linear", "units": 48 }, { "type": "gelu" },
          { "type": "dropout", "rate": 0.1 }, { "type": "linear", "units": 48 } ] },
        { "type": "linear", "units": 48 }, { "type": "tanh" } ] },
      { "type": "linear", "units": 48 }, { "type": "softplus" }, { "type": "linear", "units": 48 },
      { "type": "sigmoid" }, { "type": "linear", "units": 5 }
    ] },
    "loss": "softmaxCrossEntropy",
    "training": { "batchSize": 32 }
  }
  """
