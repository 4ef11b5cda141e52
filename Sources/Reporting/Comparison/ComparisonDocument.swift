package import Configuration

/// The JSON document of a comparison, format version 1.
package func document(of comparison: ReportComparison, version: String) -> JSONValue {
  let regressions = Set(comparison.regressions.map(\.path))
  return [
    "formatVersion": 1,
    "command": "compare",
    "version": .string(version),
    "threshold": number(comparison.threshold),
    "passed": .bool(regressions.isEmpty),
    "figures": .array(
      comparison.figures.map { figure in
        [
          "path": .string(figure.path), "a": number(figure.first), "b": number(figure.second),
          "change": number(figure.change), "guarded": .bool(figure.isGuarded),
          "regression": .bool(regressions.contains(figure.path)),
        ]
      }),
    "differences": .array(
      comparison.differences.map { difference in
        [
          "path": .string(difference.path), "a": difference.first ?? .null, "b": difference.second ?? .null,
        ]
      }),
    "warnings": .array(comparison.warnings.map { .string($0) }),
  ]
}
