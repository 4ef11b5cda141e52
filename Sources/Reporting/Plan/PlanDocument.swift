import Checkpointing
import ComputationGraph
import Configuration
import ExecutionPlanning

extension PlanDetails {
  /// More buffers than this are not listed in the document: it would be larger than anything that reads it likes.
  static let listedBufferLimit = 100_000

  /// What the document of a plan has beyond that of a run.
  var documentMembers: [JSONMember] {
    [
      JSONMember("certificate", certificateDocument),
      JSONMember("explanation", .array(explainedRuns.map { run in document(of: run) })),
      JSONMember("instructions", .integer(plan.instructions.count)),
      JSONMember("bufferCount", .integer(plan.buffers.count)),
      JSONMember(
        "buffers",
        plan.buffers.count > PlanDetails.listedBufferLimit
          ? .null : .array(plan.buffers.map { document(of: $0) })),
    ]
  }

  private func document(of run: ExplainedRun) -> JSONValue {
    [
      "stages": [.integer(run.stages.lowerBound), .integer(run.stages.upperBound - 1)],
      "keptAtFirst": .string(run.explanation.firstKeep.rawValue), "keptBytes": .integer(run.keptBytes),
      "form": run.formName.map { .string($0) } ?? .null, "executions": .integer(run.explanation.executions),
      "restarts": .integer(run.explanation.restarts), "reason": .string(run.reason(naming: true)),
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
