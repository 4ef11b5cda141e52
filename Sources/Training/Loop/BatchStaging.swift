import ArenaMemory
import ComputationGraph
import Kernels
import SystemCalls

/// The place where a batch's rows are laid side by side for the kernels.
final class BatchStaging<Element: TrainingElement> {
  private let samples: Samples<Element>
  private let features: MemoryBlock
  private let targets: MemoryBlock
  private let team: ThreadTeam

  var featureAddress: MemoryAddress { features.address }
  var targetAddress: MemoryAddress { targets.address }

  /// - Parameter rows: of the largest batch.
  init(
    _ samples: Samples<Element>, rows: Int, team: ThreadTeam, in arena: JemallocArena
  ) throws(ArenaMemoryError) {
    self.samples = samples
    self.team = team
    let width = MemoryLayout<Element>.stride
    features = try MemoryBlock(byteCount: rows * samples.featureCount * width, in: arena)
    targets = try MemoryBlock(byteCount: rows * samples.targetCount * width, in: arena)
  }

  func stage(rows: ArraySlice<Int>) {
    gatherRows(rows, of: samples.features, rowLength: samples.featureCount, to: features.address, team: team)
    gatherRows(rows, of: samples.targets, rowLength: samples.targetCount, to: targets.address, team: team)
  }
}
