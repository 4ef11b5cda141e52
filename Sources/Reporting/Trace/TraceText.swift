import ComputationGraph
import ExecutionPlanning
package import Profiling

/// Writes a trace as Chrome trace-event JSON, which Perfetto and `chrome://tracing` open, piece by piece.
///
/// A slice (`ph` X) for each instruction, or for each tile of rows of one that runs tile by tile, its `cat` one of
/// forward, recompute, backward and update, named by stage and operator, with bytes and operations; a counter
/// `arena live bytes` by category, whose sum is what is live; a counter of the process's resident bytes; and arrows
/// (flows) from a stage's first product over its recomputations to its reversal. Threads with rows of their own
/// have a track each. Times are microseconds from the first traced iteration on.
///
/// - Parameter append: takes the next piece of text.
package func writeTrace(
  of trace: ExecutionTrace, stageNames: [String], append: (String) throws -> Void
) throws {
  let writer = TraceWriter(trace: trace, stageNames: stageNames)
  let iterations = trace.tracks.map(\.iterations)
  try append(
    "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"tracedIterations\":\(iterations[0].count),"
      + "\"threads\":\(trace.tracks.count)},\"traceEvents\":[\n")
  try append(writer.metadata)
  for sample in trace.residentSamples { try append(writer.counter(sample)) }
  for number in iterations[0].indices {
    for (thread, marks) in iterations.enumerated() {
      try writer.writeEvents(iteration: number, thread: thread, marks[number], append)
    }
  }
  try append("\n]}\n")
}

private struct TraceWriter {
  let trace: ExecutionTrace
  let stageNames: [String]
  /// By run of the first thread, during each of its instructions: live bytes of all parts of the slice.
  let live: [[LiveBytes]]
  let origin: UInt64

  init(trace: ExecutionTrace, stageNames: [String]) {
    self.trace = trace
    self.stageNames = stageNames
    live = TraceWriter.liveBytes(of: trace.runs)
    origin =
      trace.residentSamples.first?.nanoseconds ?? trace.tracks[0].iterations.first?.first?.nanoseconds ?? 0
  }

  /// What a moment shows of other threads depends on how far they happen to be; the counter takes each at the
  /// instruction that the first thread has reached, so that its maximum is that of the plans.
  private static func liveBytes(of runs: [ExecutionTrace.Run]) -> [[LiveBytes]] {
    var live: [[LiveBytes]] = []
    var first = 0
    for (index, run) in runs.enumerated() {
      let own = run.plan.liveBytes()
      live.append(own)
      guard run.thread > 0 else {
        first = index
        continue
      }
      guard let last = own.indices.last else { continue }
      for instruction in live[first].indices {
        for category in PlannedBuffer.Category.allCases {
          live[first][instruction][category] += own[min(instruction, last)][category]
        }
      }
    }
    return live
  }

  var metadata: String {
    let threads = trace.tracks.indices.map { thread in
      let name = trace.tracks.count == 1 ? "compute" : "rows of thread \(thread)"
      return
        ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":\(thread + 1),\"name\":\"thread_name\",\"args\":{\"name\":\"\(name)\"}}"
    }
    return "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_name\",\"args\":{\"name\":\"bptrain\"}}"
      + threads.joined()
  }

  func counter(_ sample: ExecutionTrace.ResidentSample) -> String {
    ",\n{\"ph\":\"C\",\"pid\":1,\"ts\":\(time(sample.nanoseconds)),\"name\":\"resident bytes\","
      + "\"args\":{\"process\":\(sample.byteCount)}}"
  }

  func writeEvents(
    iteration: Int, thread: Int, _ marks: ArraySlice<ExecutionTrace.Mark>, _ append: (String) throws -> Void
  ) throws {
    var last: UInt64 = 0
    var text = ""
    var flows = Flows(first: (iteration * trace.tracks.count + thread) << 32, track: thread + 1)
    var shown: LiveBytes?
    var isTurn = false
    for (index, mark) in zip(marks.indices, marks) {
      let span = "\"tid\":\(thread + 1),\"ts\":\(time(last)),\"dur\":\(microseconds(mark.nanoseconds &- last))"
      switch mark.kind {
      case .begin: break
      case .staging: text += slice("stage rows", "forward", span, "{}")
      case .gradients: text += slice("complete gradients", "backward", span, "{}")
      case .update: text += slice("update", "update", span, "{}")
      case .instruction:
        text += instruction(mark, span: span, begin: last, flows: &flows)
        // All instructions that take turns are live from the first one's first tile to the last one's last.
        let goesOn = isTurn && mark.firstRow == 0 || mark.firstRow > 0
        isTurn = mark.firstRow == 0 && mark.isOfTile(of: trace.runs[Int(mark.run)].plan)
        if thread == 0, !goesOn, let live = live(in: marks[index...]), live != shown {
          text += counter(live, at: last)
          shown = live
        }
      }
      last = mark.nanoseconds
      // A text of many megabytes would show in the process's peak.
      if text.utf8.count > 1 << 16 {
        try append(text)
        text = ""
      }
    }
    if thread == 0 { text += counter(LiveBytes(), at: last) }
    try append(text)
  }

  private func instruction(
    _ mark: ExecutionTrace.Mark, span: String, begin: UInt64, flows: inout Flows
  ) -> String {
    let plan = trace.runs[Int(mark.run)].plan
    let instruction = plan.instructions[Int(mark.instruction)]
    let node = plan.graph.nodes[instruction.node]
    let isLoss = instruction.stage >= stageNames.count
    let stage = isLoss ? "loss" : "stage \(instruction.stage)"
    let bytes = node.operation.bytesMoved(
      for: plan.graph.inputShapes(of: node), elementType: plan.graph.elementType)
    // The tiles' shares add up to the whole.
    func share(of whole: Int) -> Int {
      let (ofRow, rest) = whole.quotientAndRemainder(dividingBy: plan.graph.batchRows)
      func upTo(_ row: Int32) -> Int { ofRow * Int(row) + rest * Int(row) / plan.graph.batchRows }
      return upTo(mark.endRow) - upTo(mark.firstRow)
    }
    let tile = mark.isOfTile(of: plan) ? ",\"firstRow\":\(mark.firstRow),\"rows\":\(mark.endRow - mark.firstRow)" : ""
    var text = slice(
      "\(stage) \(node.operation.name)", instruction.phase.rawValue, span,
      "{\"stage\":\(instruction.stage),\"layers\":\"\(isLoss ? "loss" : stageNames[instruction.stage])\","
        + "\"operator\":\"\(node.operation.name)\",\"bytes\":\(share(of: bytes)),"
        + "\"flops\":\(share(of: plan.graph.flops(of: node)))\(tile)}")
    if node.operation.isProduct, !isLoss, mark.firstRow == 0 {
      // Inside the slice, so that the arrow belongs to it.
      let middle = begin &+ (mark.nanoseconds &- begin) / 2
      text += flows.event(stage: instruction.stage, phase: instruction.phase, time: time(middle))
    }
    return text
  }

  /// What is live during the first of the instructions. Of those that take turns tile by tile, the first turn of which
  /// begins here, it is what is live during the one with most.
  private func live(in marks: ArraySlice<ExecutionTrace.Mark>) -> LiveBytes? {
    let spans = marks.lazy.filter { $0.kind == .instruction }
    guard let first = spans.first, first.isOfTile(of: trace.runs[Int(first.run)].plan) else {
      return spans.first.map { live(during: $0) }
    }
    return spans.prefix { $0.firstRow == 0 && $0.run == first.run && $0.endRow == first.endRow }
      .map { live(during: $0) }.max { $0.total < $1.total }
  }

  private func live(during mark: ExecutionTrace.Mark) -> LiveBytes { live[Int(mark.run)][Int(mark.instruction)] }

  private func counter(_ bytes: LiveBytes, at nanoseconds: UInt64) -> String {
    ",\n{\"ph\":\"C\",\"pid\":1,\"ts\":\(time(nanoseconds)),\"name\":\"arena live bytes\",\"args\":"
      + "{\"activation\":\(bytes.activation),\"cotangent\":\(bytes.cotangent),\"workspace\":\(bytes.workspace),"
      + "\"gradient\":\(bytes.gradient)}}"
  }

  private func slice(_ name: String, _ category: String, _ span: String, _ arguments: String) -> String {
    ",\n{\"ph\":\"X\",\"pid\":1,\(span),\"name\":\"\(name)\",\"cat\":\"\(category)\",\"args\":\(arguments)}"
  }

  private func time(_ nanoseconds: UInt64) -> String { microseconds(nanoseconds &- origin) }

  /// With all its nanoseconds.
  private func microseconds(_ nanoseconds: UInt64) -> String {
    let rest = "\(nanoseconds % 1000)"
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}

extension ExecutionTrace.Mark {
  /// Whether the instruction has computed some of the rows only.
  fileprivate func isOfTile(of plan: Plan) -> Bool { endRow - firstRow < plan.graph.batchRows }
}

/// Arrows of one thread within one iteration: one identifier for each stage and run of a micro-batch, a number, since
/// Perfetto takes no other words.
private struct Flows {
  private let track: Int
  private var begun: [Int: Int] = [:]
  private var nextIdentifier: Int

  /// - Parameter first: the identifiers after it are nobody else's.
  init(first: Int, track: Int) {
    nextIdentifier = first
    self.track = track
  }

  mutating func event(stage: Int, phase: Phase, time: String) -> String {
    func text(_ kind: String, _ identifier: Int) -> String {
      ",\n{\"ph\":\"\(kind)\",\"pid\":1,\"tid\":\(track),\"ts\":\(time),\"name\":\"stage \(stage)\",\"cat\":\"stage\","
        + "\"id\":\(identifier)\(kind == "f" ? ",\"bp\":\"e\"" : "")}"
    }
    switch phase {
    case .forward:
      if let known = begun[stage] { return text("t", known) }
      nextIdentifier += 1
      begun[stage] = nextIdentifier
      return text("s", nextIdentifier)
    case .recompute: return begun[stage].map { text("t", $0) } ?? ""
    case .backward:
      // The first product of a reversal ends the arrow.
      return begun.removeValue(forKey: stage).map { text("f", $0) } ?? ""
    case .update: return ""
    }
  }
}
