import ArenaMemory
import ComputationGraph
import Kernels
import SystemCalls

/// Runs a window round after round on scratch memory and times each of its kernels.
struct WindowMeasurement {
  private let layout: WindowLayout
  private let arena: Arena
  private let threads: MeasuredThreads
  private let parts: [WindowPart]
  /// Copies whose kernels are bound: each when its turn first comes.
  private var boundCopyCount = 0

  /// - Parameter arena: at least `layout.byteCount` bytes for each part, with memory behind them.
  init(_ layout: WindowLayout, arena: Arena, threads: MeasuredThreads, filling: inout OperandFilling) {
    self.layout = layout
    self.arena = arena
    self.threads = threads
    let fillings = layout.steps.map { $0.fillings.filter(\.isRenewed) }
    var parts: [WindowPart] = []
    for part in 0..<threads.partCount {
      let renewals = fillings.map { fillings in
        fillings.map { filled in
          WindowPart.Renewal(
            table: filling.tile(filled.contents, filled.elementType), shape: filled.shape,
            elementByteCount: filled.elementType.byteCount,
            address: arena.address(atOffset: layout.offset(of: filled.place, copy: 0, part: part)))
        }
      }
      parts.append(WindowPart(renewals: renewals, memory: MemoryFilling(team: threads.teamOfPart)))
    }
    self.parts = parts
  }

  /// Runs rounds until the time is reached or they tell enough, at least two, of which the first is not counted.
  ///
  /// - Parameter end: on the monotonic clock.
  mutating func run(until end: UInt64, filling: inout OperandFilling) throws {
    let context = RunContext(seed: 1, iteration: 0)
    for round in 0..<WindowPart.largestRoundCount {
      let copy = round % layout.copyCount
      if copy == boundCopyCount { try bindNextCopy(&filling) }
      let parts = parts
      threads.forEachPart { parts[$0].run(copy: copy, context) }
      let timed = parts[0].nanoseconds
      if round > 0, monotonicNanoseconds() >= end || (round > Self.enoughRounds && timed >= Self.enoughNanoseconds) {
        return
      }
    }
  }

  /// By step: mean seconds of all rounds but the first and those that something else has interrupted; the median of
  /// few.
  var means: [Double] { parts[0].means }

  private static let enoughRounds = 25
  private static let enoughNanoseconds: UInt64 = 8_000_000

  private mutating func bindNextCopy(_ filling: inout OperandFilling) throws {
    let copy = boundCopyCount
    for (number, part) in parts.enumerated() {
      func address(_ place: WindowLayout.Place) -> MemoryAddress {
        arena.address(atOffset: layout.offset(of: place, copy: copy, part: number))
      }
      let scratchpad = arena.address(atOffset: number * layout.byteCount + layout.scratchpadOffset)
      var bound: [any BoundKernel] = []
      for step in layout.steps {
        for filled in step.fillings
        where (copy == 0 || filled.place.stride != 0) && (number == 0 || !filled.place.isShared) {
          try filling.write(
            filled.contents, filled.elementType, count: filled.shape.elementCount, to: arena.block,
            atByte: layout.offset(of: filled.place, copy: copy, part: number))
          if filled.place.stride != 0 {
            MemoryFilling.dropFromCaches(
              address(filled.place), byteCount: filled.shape.byteCount(of: filled.elementType))
          }
        }
        bound.append(
          try threads.libraries[number].bind(
            step.signature, inputs: step.inputs.map(address), outputs: step.outputs.map(address),
            scratchpad: step.scratchpadByteCount > 0 ? scratchpad : nil))
      }
      part.kernels.append(bound)
    }
    boundCopyCount += 1
  }
}

/// What one thread runs, or all of them together.
private final class WindowPart {
  struct Renewal {
    let table: [UInt8]
    /// Bytes of a row.
    let columns: Int
    let rows: [Int]
    let address: MemoryAddress

    init(table: [UInt8], shape: Shape, elementByteCount: Int, address: MemoryAddress) {
      self.table = table
      self.address = address
      columns = min(shape.columns * elementByteCount, table.count)
      let rowCount = max(1, table.count / columns)
      rows = (0..<shape.elementCount * elementByteCount / columns).map { $0 % rowCount }
    }
  }

  static let largestRoundCount = 1 << 15

  /// By copy and step.
  var kernels: [[any BoundKernel]] = []
  /// Of all kernels in all rounds.
  private(set) var nanoseconds: UInt64 = 0
  private let renewals: [[Renewal]]
  private let memory: MemoryFilling
  /// By step, in seconds.
  private var samples: [[Double]]

  init(renewals: [[Renewal]], memory: MemoryFilling) {
    self.renewals = renewals
    self.memory = memory
    samples = renewals.map { _ in [] }
  }

  /// One round.
  func run(copy: Int, _ context: RunContext) {
    let kernels = kernels[copy]
    var start = 0
    for end in 1...max(1, kernels.count) where end <= kernels.count {
      // Steps that the executor would run tile by tile.
      let goesOn = end < kernels.count && kernels[end].tiles != nil && kernels[end].tiles == kernels[start].tiles
      guard !goesOn else { continue }
      for step in start..<end {
        for renewal in renewals[step] {
          memory.gatherRows(
            of: renewal.table, columns: renewal.columns, rows: renewal.rows[...], to: renewal.address, sharing: true)
        }
      }
      run(kernels, steps: start..<end, context)
      start = end
    }
  }

  private func run(_ kernels: [any BoundKernel], steps: Range<Int>, _ context: RunContext) {
    for step in steps { samples[step].append(0) }
    let tileCount = steps.count > 1 ? kernels[steps.lowerBound].tiles?.count ?? 1 : 1
    var last = monotonicNanoseconds()
    let ofReading = Self.readingNanoseconds
    for tile in 0..<tileCount {
      for step in steps {
        if tileCount > 1 { kernels[step].run(context, tile: tile) } else { kernels[step].run(context) }
        let now = monotonicNanoseconds()
        nanoseconds += now - last
        samples[step][samples[step].count - 1] += max(0, Double(now - last) - ofReading) * 1e-9
        last = now
      }
    }
  }

  /// Of one reading of the clock.
  private static let readingNanoseconds: Double =
    (0..<8).map { _ in
      let start = monotonicNanoseconds()
      for _ in 0..<100 { _ = monotonicNanoseconds() }
      return Double(monotonicNanoseconds() - start) / 101
    }.min() ?? 0

  /// An iteration takes the sum of many kernels' times, which goes by their means and not by their medians. Of few
  /// samples one that was slow would count too much: of these it is the median. While other programs take processors
  /// most samples may last until a waiting thread has its turn again, so that only the quickest tell which those are.
  var means: [Double] {
    samples.map { samples in
      let settled = samples.dropFirst().sorted()
      guard !settled.isEmpty else { return 0 }
      let undisturbed = settled.prefix { $0 <= 2 * settled[settled.count / 10] }
      guard settled.count >= 10 else {
        return (undisturbed[(undisturbed.count - 1) / 2] + undisturbed[undisturbed.count / 2]) / 2
      }
      return undisturbed.reduce(0, +) / Double(undisturbed.count)
    }
  }
}
