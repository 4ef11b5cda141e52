import ComputationGraph
package import Explanation

/// An explanation as text for people, at most 100 columns wide.
package func explanationText(of explanation: GraphExplanation) -> String {
  var lines = [
    "one forward and one reverse pass over \(counted(explanation.rowCount, "row")), "
      + "in float64", "",
  ]
  lines += table(explanation.sources.map { ["\($0.name) = \(numbers(of: $0))", $0.formula] })
  lines += ["", "forward, each value from those before it", ""]
  lines += table(
    explanation.forward.map { ["\($0.name) = \($0.formula)", "= \(numbers(of: $0))", $0.operation ?? ""] })
  lines += ["", "in reverse, each cotangent from the one before it and a local derivative", ""]
  lines += table(
    explanation.backward.map { value in
      ["\(value.name) = \(value.formula)", "= \(numbers(of: value))", localText(of: value)]
    })
  lines += sharedLines(explanation.shared)
  lines += fateLines(explanation)
  lines += costLines(explanation.costs)
  return lines.joined(separator: "\n") + "\n"
}

private func sharedLines(_ shared: [GraphExplanation.SharedValue]) -> [String] {
  guard !shared.isEmpty else { return [] }
  return [""]
    + shared.flatMap { value in
      wrapped(
        "\(value.name) is computed once and read \(value.readers.count) times, for \(listed(value.readers)): "
          + (value.parameters.count > 4
            ? "\(value.parameters.count) gradients reuse it."
            : "the gradients of \(listed(value.parameters)) reuse it."),
        width: 100)
    }
}

private func fateLines(_ explanation: GraphExplanation) -> [String] {
  var lines = [
    "",
    "what becomes of each forward value under \(explanation.strategy): \(explanation.stageCount) "
      + "\(explanation.stageCount == 1 ? "stage" : "stages"), \(explanation.forwardExecutions) "
      + "\(explanation.forwardExecutions == 1 ? "execution" : "executions"), "
      + "\(explanation.forwardExecutions - explanation.stageCount) of them recomputed", "",
  ]
  let names = explanation.fates.map(\.name.count).max() ?? 0
  for fate in explanation.fates {
    let head =
      "  " + left(fate.name, names + 2) + right("\(fate.byteCount) B", 8) + "  " + left(text(of: fate.fate), 14)
    let reason = wrapped(fate.reason, width: 100 - head.count)
    lines.append(head + (reason.first ?? ""))
    lines += reason.dropFirst().map { String(repeating: " ", count: head.count) + $0 }
  }
  return lines
}

private func text(of fate: ValueFate.Fate) -> String {
  switch fate {
  case .external: "outside"
  case .stored: "stored"
  case .recomputed(let count): count == 1 ? "recomputed" : "recomputed x\(count)"
  case .dropped: "dropped"
  }
}

private func costLines(_ costs: [DifferentiationCost]) -> [String] {
  let base = costs.first?.seconds ?? 1
  return [
    "",
    left("what all gradients cost", 46) + right("forward", 9) + right("backward", 10) + right("time", 12)
      + right("of one pass", 13),
  ]
    + costs.map { cost in
      left("  " + cost.method.phrase, 46) + right("\(cost.forwardNodeExecutions)", 9)
        + right("\(cost.backwardNodeExecutions)", 10) + right(secondsText(cost.seconds), 12)
        + right("\(fixed(cost.seconds / base, 2)) x", 13)
    }
    + ["  forward and backward count executions of nodes; times are measured, in float64 in plain loops"]
}

extension DifferentiationCost.Method {
  var phrase: String {
    switch self {
    case .reversePass: "one reverse pass for all parameters"
    case .separateChains: "a forward and reverse pass per parameter"
    case .differenceQuotients: "difference quotients, two per number"
    }
  }
}

// MARK: Layout

/// Rows of cells in columns of their own widths, indented by two; a cell that is too wide for its column goes on a
/// line of its own.
private func table(_ rows: [[String]]) -> [String] {
  let limits = [44, 34]
  var widths = [0, 0]
  for row in rows {
    for column in 0..<min(2, row.count - 1) where row[column].count <= limits[column] {
      widths[column] = max(widths[column], row[column].count)
    }
  }
  return rows.flatMap { row -> [String] in
    var lines = ["  "]
    var column = 0
    for (index, cell) in row.enumerated() {
      let start = 2 + widths.prefix(index).reduce(0) { $0 + $1 + 2 }
      if lines[lines.count - 1].count > start || start + cell.count > 100 && index > 0 {
        lines.append(String(repeating: " ", count: 6))
      } else {
        lines[lines.count - 1] = left(lines[lines.count - 1], start)
      }
      lines[lines.count - 1] += cell
      column += 1
    }
    return lines.map(\.trimmingEnd)
  }
}

/// The local derivative of a cotangent, with its numbers where they are known; empty where there is none.
func localText(of value: GraphExplanation.ExplainedValue) -> String {
  guard let local = value.localDerivative else { return "" }
  guard let elements = value.localElements else { return local }
  return "\(local) = \(elements.count == 1 ? significant(elements[0]) : numberList(elements, value.shape))"
}

/// The numbers of a value, or the first few of many.
func numbers(of value: GraphExplanation.ExplainedValue) -> String { numberList(value.elements, value.shape) }

func numberList(_ elements: [Double], _ shape: Shape) -> String {
  if elements.count == 1 { return significant(elements[0]) }
  guard elements.count <= 6 else {
    return "[\(elements.prefix(3).map { significant($0) }.joined(separator: ", ")), …] \(shape.rows) x \(shape.columns)"
  }
  let rows = (0..<shape.rows).map { row in
    elements[row * shape.columns..<(row + 1) * shape.columns].map { significant($0) }.joined(separator: ", ")
  }
  return "[\(rows.joined(separator: "; "))]"
}

/// `a`, `a and b`, `a, b and c`.
func listed(_ names: [String]) -> String {
  guard names.count > 1, let last = names.last else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " and " + last
}
