import ComputationGraph
package import Explanation

/// An explanation as a Graphviz graph: `dot -Tsvg` draws it.
///
/// Forward values are boxes, cotangents are rounded, parameters and the batch are ellipses; a dashed edge leads from a
/// forward value to the reverse step that reads it, and a bold outline marks a cotangent that several steps share.
package func explanationDot(of explanation: GraphExplanation) -> String {
  let shared = Set(explanation.shared.map(\.name))
  let forwardValues = Set((explanation.forward + explanation.sources).map(\.value))
  var lines = [
    "digraph explanation {", "  rankdir=LR;", "  graph [fontname=\"sans-serif\"];",
    "  node [fontname=\"sans-serif\", fontsize=11, style=filled];", "  edge [fontname=\"sans-serif\", fontsize=9];",
  ]
  for value in explanation.sources { lines.append(node(value, shape: "ellipse", fill: "#f0f0f0", isBold: false)) }
  for value in explanation.forward { lines.append(node(value, shape: "box", fill: "#d6e6f5", isBold: false)) }
  for value in explanation.backward {
    lines.append(node(value, shape: "box", fill: "#fbe3cf", isBold: shared.contains(value.name)))
  }
  for value in explanation.forward {
    for input in value.inputs { lines.append("  v\(input.index) -> v\(value.value.index);") }
  }
  for value in explanation.backward {
    for input in value.inputs {
      let isResidual = forwardValues.contains(input)
      lines.append(
        "  v\(input.index) -> v\(value.value.index)"
          + (isResidual ? " [style=dashed, color=\"#777777\", constraint=false];" : " [color=\"#b3541e\"];"))
    }
  }
  lines.append("}")
  return lines.joined(separator: "\n") + "\n"
}

private func node(
  _ value: GraphExplanation.ExplainedValue, shape: String, fill: String, isBold: Bool
) -> String {
  var label = "\(value.name) = \(value.formula)\\n\(numbers(of: value))"
  if value.operation == nil { label = "\(value.name)  (\(value.formula))\\n\(numbers(of: value))" }
  let local = localText(of: value)
  if !local.isEmpty { label += "\\n" + local }
  let quoted = label.replacing("\"", with: "\\\"")
  return "  v\(value.value.index) [label=\"\(quoted)\", shape=\(shape), fillcolor=\"\(fill)\""
    + (isBold ? ", penwidth=3" : "") + "];"
}
