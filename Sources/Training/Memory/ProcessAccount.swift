/// What the process will need at most, by category, in bytes: told before the first multiplication.
///
/// What is in memory already is measured (program, libraries, threads, data set, plans); what is still to come is
/// planned (parameters, gradients, optimizer state, arena, staging, bound kernels). Their sum, or what the process
/// needed before that moment if it was more, is the planned peak of its resident size (`VmHWM`).
package struct ProcessAccount: Hashable, Sendable {
  /// Code, libraries, thread stacks and small objects, with an allowance for what the iterations still bring in.
  package let programByteCount: Int
  /// Graphs, schedules, instructions, bound kernels and the records of a run.
  package let planByteCount: Int
  /// The samples, once, and the order in which rows are gone through.
  package let datasetByteCount: Int
  package let session: SessionMemory
  /// Bytes beside the parameters while they are initialized, when gradients, optimizer state and arena are not in
  /// memory yet.
  package let initializationByteCount: Int
  /// The most that was in memory up to the moment of planning.
  package let earlierPeakByteCount: Int

  /// Pages of program and libraries that the first iterations, files and reports bring into memory.
  ///
  /// Measured: 0.3 to 1.4 MiB, by what a run uses of oneDNN.
  package static let programAllowance = 3 << 20

  /// What two runs' resident sizes differ by up to the moment of planning.
  private static let spread = 1 << 20

  /// - Parameters:
  ///   - residentByteCount: what is in memory now, freed memory given back.
  ///   - earlierPeakByteCount: the most that ever was.
  ///   - planHeapByteCount: bytes of the general heap that graphs and plans hold.
  ///   - datasetByteCount: bytes of samples and row numbers, all in memory now but `laterOrderByteCount` of them.
  package init(
    residentByteCount: Int, earlierPeakByteCount: Int, planHeapByteCount: Int, datasetByteCount: Int,
    laterOrderByteCount: Int, laterPlanByteCount: Int, session: SessionMemory, initializationByteCount: Int
  ) {
    programByteCount = residentByteCount - planHeapByteCount - datasetByteCount + Self.programAllowance
    planByteCount = planHeapByteCount + laterPlanByteCount
    self.datasetByteCount = datasetByteCount + laterOrderByteCount
    self.session = session
    self.initializationByteCount = initializationByteCount
    self.earlierPeakByteCount = earlierPeakByteCount
  }

  /// Everything but the arena.
  package var fixedByteCount: Int {
    programByteCount + planByteCount + datasetByteCount + session.totalByteCount - session.arenaByteCount
  }

  /// Planned peak of the process's resident bytes.
  package var peakByteCount: Int {
    let initializing =
      programByteCount + planByteCount + datasetByteCount + session.layout.parametersByteCount
      + initializationByteCount
    return max(earlierPeakByteCount + Self.spread, initializing, fixedByteCount + session.arenaByteCount)
  }
}
