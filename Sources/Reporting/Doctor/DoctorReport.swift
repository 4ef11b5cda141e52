package import CostModel
package import SystemCalls

/// What a machine gives to this program, and whether the kernels compute right on it.
package struct DoctorReport: Sendable {
  package var version: String
  package var machine: MachineFacts
  package var hardware: Hardware
  package var memory: MemoryLimits
  /// What `--memory-budget auto` stands for now.
  package var automaticBudgetBytes: Int
  /// Nil where the kernel has none.
  package var hugePages: HugePages?
  /// Nil where there is not memory enough to measure them.
  package var limits: MachineLimits?
  /// Of a small network with every kind of stage.
  package var check: CheckReport

  package init(
    version: String, machine: MachineFacts, hardware: Hardware, memory: MemoryLimits, automaticBudgetBytes: Int,
    hugePages: HugePages?, limits: MachineLimits?, check: CheckReport
  ) {
    self.version = version
    self.machine = machine
    self.hardware = hardware
    self.memory = memory
    self.automaticBudgetBytes = automaticBudgetBytes
    self.hugePages = hugePages
    self.limits = limits
    self.check = check
  }
}
