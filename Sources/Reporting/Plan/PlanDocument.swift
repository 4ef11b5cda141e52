import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning

extension PlanDetails {
  /// More buffers than this are not listed in the document: it would be larger than anything that reads it likes.
  static let listedBufferLimit = 100_000

  /// What the document of a plan has beyond that of a run, whose arena takes `plannedPeakBytes`.
  func documentMembers(plannedPeakBytes: Int) -> [JSONMember] {
    [
      JSONMember("certificate", certificateDocument(plannedPeakBytes: plannedPeakBytes)),
      JSONMember("explanation", .array(explainedRuns.map { run in document(of: run) })),
      JSONMember("instructions", .integer(plan.instructions.count)),
      JSONMember("timeline", timeline),
      JSONMember("bufferCount", .integer(plan.buffers.count)),
      JSONMember(
        "buffers",
        plan.buffers.count > PlanDetails.listedBufferLimit
          ? .null : .array(plan.buffers.map { document(of: $0) })),
    ]
  }

  /// Live bytes over the iteration in at most 300 samples, each the highest of some neighbouring instructions, and what
  /// is live at the peak.
  private var timeline: JSONValue {
    let live = plan.liveBytes()
    let peak = live.indices.max { live[$0].total < live[$1].total } ?? 0
    let width = max(1, (live.count + 299) / 300)
    let samples = stride(from: 0, to: live.count, by: width).map { start in
      let end = min(start + width, live.count)
      return (start..<end).max { live[$0].total < live[$1].total } ?? start
    }
    return [
      "instructions": .integer(live.count),
      "categories": .array(PlannedBuffer.Category.allCases.map { .string($0.rawValue) }),
      "samples": .array(
        samples.map { index in
          .array([.integer(index)] + PlannedBuffer.Category.allCases.map { .integer(live[index][$0]) })
        }),
      "phases": .array(samples.map { .string(plan.instructions[$0].phase.rawValue) }),
      "peak": [
        "instruction": .integer(peak), "bytes": .integer(live.isEmpty ? 0 : live[peak].total),
        "phase": .string(plan.instructions[peak].phase.rawValue), "stage": .integer(plan.instructions[peak].stage),
        "buffers": .array(plan.liveBuffers(at: peak).prefix(40).map { document(of: $0) }),
      ],
    ]
  }

  private func document(of run: ExplainedRun) -> JSONValue {
    [
      "stages": [.integer(run.stages.lowerBound), .integer(run.stages.upperBound - 1)],
      "keptAtFirst": .string(run.explanation.firstKeep.rawValue), "keptBytes": .integer(run.keptBytes),
      "form": run.formName.map { .string($0) } ?? .null, "executions": .integer(run.explanation.executions),
      "restarts": .integer(run.explanation.restarts), "reason": .string(run.reason(naming: true)),
      "less": document(of: run.marginalValue.less), "more": document(of: run.marginalValue.more),
    ]
  }

  private func document(of exchange: Exchange?) -> JSONValue {
    guard let exchange else { return .null }
    return [
      "bytes": .integer(exchange.byteCount), "seconds": .number(exchange.seconds),
      "secondsPerByte": .number(exchange.secondsPerByte),
    ]
  }

  private func document(of buffer: PlannedBuffer) -> JSONValue {
    [
      "value": buffer.value.map { .string(name(of: $0)) } ?? .null, "stage": .integer(buffer.stage),
      "category": .string(buffer.category.rawValue), "bytes": .integer(buffer.byteCount),
      "liveRange": [.integer(buffer.liveRange.lowerBound), .integer(buffer.liveRange.upperBound)],
      "offset": .integer(buffer.offset),
    ]
  }

  /// A value by its number in the graph and what computes it, such as `%12 layers.4 linear+relu`.
  private func name(of value: ValueID) -> String {
    guard case .node(let index) = plan.graph[value].source else { return "%\(value.index)" }
    let node = plan.graph.nodes[index]
    return "%\(value.index) layers.\(node.layer) \(node.operation.name)"
  }
}
