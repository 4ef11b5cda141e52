package import ExecutionPlanning
import Kernels

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
  /// The same without what choosing these plans took, which others do not need.
  let earlierPeakOfOthersByteCount: Int
  /// What the plans take, and what others of the same run would.
  package let needs: RunNeeds

  /// Pages of program and libraries that the first iterations, files and reports bring into memory.
  ///
  /// Measured: 0.3 to 1.4 MiB, by what a run uses of oneDNN; up to 5.1 MiB where there is no AVX-512, since oneDNN's
  /// older matrix product generates code for every kind of product when it is first called.
  package static let programAllowance = OneDNN.instructionSet.hasAVX512 ? 3 << 20 : 6 << 20

  /// What the resident sizes of two runs of a small network differ by up to the moment of planning.
  package static let leastSpread = 1 << 20

  /// What those of this run differ by: where the heap puts the objects of large plans is another matter in each
  /// process. With 6,000 stages, 43 MB of plans, it is up to 4 MB.
  package var spread: Int { Self.leastSpread + max(planByteCount / 32, min(planByteCount / 12, 4 << 20)) }

  /// - Parameters:
  ///   - residentByteCount: what is in memory now, freed memory given back.
  ///   - residentByteCountBeforePlanning: the same before the graphs and plans were made.
  ///   - earlierPeakByteCount: the most that ever was.
  ///   - earlierPeakOfOthersByteCount: the most that was before the plans were chosen.
  ///   - planHeapByteCount: bytes of the general heap that graphs and plans hold. Where they have reserved more than
  ///     they use, not all of them are in memory.
  ///   - datasetByteCount: bytes of samples and row numbers, all in memory now but `laterOrderByteCount` of them.
  package init(
    residentByteCount: Int, residentByteCountBeforePlanning: Int, earlierPeakByteCount: Int,
    earlierPeakOfOthersByteCount: Int, planHeapByteCount: Int, datasetByteCount: Int, laterOrderByteCount: Int,
    laterPlanByteCount: Int, session: SessionMemory, initializationByteCount: Int, needs: RunNeeds
  ) {
    let plans = min(planHeapByteCount, max(0, residentByteCount - residentByteCountBeforePlanning))
    programByteCount = residentByteCount - plans - datasetByteCount + Self.programAllowance
    planByteCount = plans + laterPlanByteCount
    self.datasetByteCount = datasetByteCount + laterOrderByteCount
    self.session = session
    self.initializationByteCount = initializationByteCount
    self.earlierPeakByteCount = earlierPeakByteCount
    self.earlierPeakOfOthersByteCount = earlierPeakOfOthersByteCount
    self.needs = needs
  }

  /// Everything but the arena.
  package var fixedByteCount: Int {
    programByteCount + planByteCount + datasetByteCount + session.byteCountBesideArena
  }

  /// Planned peak of the process's resident bytes.
  package var peakByteCount: Int {
    max(earlierPeakByteCount + spread, initializingByteCount, fixedByteCount + session.arenaByteCount)
  }

  /// What is in memory while parameters are initialized.
  private var initializingByteCount: Int {
    programByteCount + planByteCount + datasetByteCount + session.layout.parametersByteCount
      + initializationByteCount
  }

  /// The part of the peak that other plans share.
  private var earlyPeakOfOthersByteCount: Int { max(earlierPeakOfOthersByteCount + spread, initializingByteCount) }
}

// MARK: Other plans of the same run

extension ProcessAccount {
  /// Room that a memory budget leaves beside what is counted: what two runs differ by before and after planning.
  package var budgetMargin: Int { 2 * spread }

  /// What the process would need at most under other plans of the same run.
  package func peakByteCount(under need: PlanNeed) -> Int {
    max(earlyPeakOfOthersByteCount, fixedByteCount(under: need) + need.arenaByteCount)
  }

  /// The same, everything but the arena. Executions that are spared are counted as less than those that are added, so
  /// that the estimate is rather too high.
  private func fixedByteCount(under need: PlanNeed) -> Int {
    let further = need.executions - needs.planned.executions
    let bytesPerInstruction = further > 0 ? Self.greatestInstructionByteCount : Self.leastInstructionByteCount
    return fixedByteCount + further * needs.instructionsPerExecution * bytesPerInstruction
  }

  /// Bytes of an instruction in the plan, its operands, its buffers and its bound kernel. Measured: 250 to 790; least
  /// where instructions share bound kernels.
  private static let leastInstructionByteCount = 160
  private static let greatestInstructionByteCount = 800

  /// The least memory budget that this run is planned in with at most so many bytes of arena, whatever the strategy and
  /// the costs; with any arena where no plan is known to have so few.
  package func minimumFeasibleByteCount(arenaBytes: Int = .max) -> Int {
    let least = leastNeed(arenaBytes: arenaBytes) ?? leastNeed(arenaBytes: .max) ?? needs.planned
    return peakByteCount(under: least) + budgetMargin
  }

  /// Bytes that planning takes for plans within so many bytes of arena, and for those that they are chosen among, beyond
  /// what it has taken.
  package func candidatesByteCount(arenaBytes: Int) -> Int {
    let fitting = needs.others.filter { $0.arenaByteCount <= arenaBytes }
    let executions = fitting.map(\.executions).min() ?? 0
    let further = max(0, executions - needs.planned.executions)
    return further * needs.instructionsPerExecution * Self.plannedInstructionByteCount
  }

  /// Measured: 190 of a plan and those that it is chosen among, near the least bytes of 1,500 residual blocks.
  private static let plannedInstructionByteCount = 280

  /// The plans, of those with at most so many bytes of arena, of which the process needs least.
  package func leastNeed(arenaBytes: Int) -> PlanNeed? {
    needs.others.filter { $0.arenaByteCount <= arenaBytes }.min { peakByteCount(under: $0) < peakByteCount(under: $1) }
  }

  /// The most bytes that an arena may have in a budget, so that there is a plan of which the process needs no more; nil
  /// where none is known: a larger arena leaves less for instructions.
  package func largestArenaByteCount(withinBytes budget: Int) -> Int? {
    needs.others.compactMap { need -> Int? in
      let spare = budget - spread - fixedByteCount(under: need)
      return spare >= need.arenaByteCount ? spare : nil
    }.max()
  }

  /// What the process would need at most with other sizes of batches, under other plans.
  package func peakByteCount(under need: PlanNeed, session other: SessionMemory) -> Int {
    let fixed = fixedByteCount(under: need) + other.byteCountBesideArena - session.byteCountBesideArena
    return max(earlyPeakOfOthersByteCount, fixed + need.arenaByteCount)
  }
}
