package import CostModel
package import SystemCalls

/// What a machine gives to this program, and whether the kernels compute right on it.
package struct DoctorReport: Sendable {
  package var version: String
  package var machine: MachineFacts
  package var hardware: Hardware
  package var waitingThreads: WaitingThreads
  package var memory: MemoryLimits
  /// What `--memory-budget auto` stands for now.
  package var automaticBudgetBytes: Int
  /// Nil where the kernel has none.
  package var hugePages: HugePages?
  /// Nil where there is not memory enough to measure them.
  package var limits: MachineLimits?
  package var kernels: Kernels
  /// Of a small network with every kind of stage.
  package var check: CheckReport

  /// Which kernel computes which product.
  package struct Kernels: Sendable {
    package var tableHash: String
    /// Classes of products for which another kernel than the shipped table's is faster here.
    package var tunedClassCount: Int
    /// The file that holds them; nil where the environment names no folder for it.
    package var path: String?
    /// What was found just now; nil where nothing was looked for.
    package var tuning: [KernelTuner.Measurement]?

    package init(tableHash: String, tunedClassCount: Int, path: String?, tuning: [KernelTuner.Measurement]?) {
      self.tableHash = tableHash
      self.tunedClassCount = tunedClassCount
      self.path = path
      self.tuning = tuning
    }
  }

  package init(
    version: String, machine: MachineFacts, hardware: Hardware, waitingThreads: WaitingThreads,
    memory: MemoryLimits, automaticBudgetBytes: Int,
    hugePages: HugePages?, limits: MachineLimits?, kernels: Kernels,
    check: CheckReport
  ) {
    self.version = version
    self.machine = machine
    self.hardware = hardware
    self.waitingThreads = waitingThreads
    self.memory = memory
    self.automaticBudgetBytes = automaticBudgetBytes
    self.hugePages = hugePages
    self.limits = limits
    self.kernels = kernels
    self.check = check
  }
}
