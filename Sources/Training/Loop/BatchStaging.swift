import ArenaMemory
import ComputationGraph
import Kernels
import SystemCalls

/// The place where a batch's rows are laid side by side for the kernels.
final class BatchStaging<Element: TrainingElement> {
  private let samples: Samples<Element>
  private let features: MemoryBlock
  private let targets: MemoryBlock
  private let filling: MemoryFilling
  private let featureType: ElementType

  var featureAddress: MemoryAddress { features.address }
  var targetAddress: MemoryAddress { targets.address }

  /// - Parameters:
  ///   - featureType: in which kernels read features; targets are of the samples' own type.
  ///   - rows: of the largest batch.
  init(
    _ samples: Samples<Element>, featureType: ElementType, rows: Int, team: ThreadTeam, in arena: JemallocArena
  ) throws(ArenaMemoryError) {
    self.samples = samples
    filling = MemoryFilling(team: team)
    self.featureType = featureType
    features = try MemoryBlock(byteCount: rows * samples.featureCount * featureType.byteCount, in: arena)
    targets = try MemoryBlock(byteCount: rows * samples.targetCount * MemoryLayout<Element>.stride, in: arena)
  }

  /// Whether rows are read from a file, which one thread at a time may do.
  var readsFile: Bool { samples.areInFiles }

  /// Puts memory behind the rows.
  func prefault() throws(ArenaMemoryError) {
    try features.prefault()
    try targets.prefault()
  }

  /// Bytes of the rows that are in memory, as the kernel says.
  func residentBytes() throws(ArenaMemoryError) -> Int { try features.residentBytes() + targets.residentBytes() }

  /// - Throws: `DataFileError` where rows are in a file that can no longer be read.
  func stage(rows: ArraySlice<Int>) throws(DataFileError) {
    switch featureType {
    case .float32, .float64: try samples.featureTable.gather(rows: rows, to: features, filling: filling)
    case .bfloat16: try samples.featureTable.gatherRounded(rows: rows, to: features, filling: filling)
    }
    try samples.targetTable.gather(rows: rows, to: targets, filling: filling)
  }
}
