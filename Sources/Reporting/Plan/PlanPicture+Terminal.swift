extension PlanPicture {
  /// Columns of a line beside the grid: the share of instructions, the bar and the bytes.
  private static let sideColumns = 35
  private static let barColumns = 16
  /// Rows of a picture in a terminal, its head and legend left out.
  package static let terminalRows = 32

  /// Columns of the grid in lines of `width` characters.
  package static func gridColumns(width: Int) -> Int { max(10, min(width, 100) - sideColumns) }

  /// The picture in characters, at most `width` (at least 50, at most 100) in a line; stages that are few take several
  /// columns each.
  ///
  /// - Parameter colour: whether to colour the cells with escape sequences (ANSI); they differ without it too.
  package func terminalLines(width: Int, colour: Bool) -> [String] {
    let repeats = max(1, min(4, PlanPicture.gridColumns(width: width) / columns.count))
    let gridWidth = repeats * columns.count
    let last = "\((columns.last?.upperBound ?? 1) - 1)"
    var lines = [
      "time  " + left("0", gridWidth - last.count) + (gridWidth > 1 ? last : "") + "  live bytes"
    ]
    let highest = max(1, liveBytes.max() ?? 1)
    let instructionCount = max(1, rows.last?.upperBound ?? 1)
    for row in rows.indices {
      var line = right("\(rows[row].lowerBound * 100 / instructionCount)%", 4) + "  "
      line += cellText(ofRow: row, repeats: repeats, colour: colour)
      let bar = (liveBytes[row] * PlanPicture.barColumns + highest - 1) / highest
      line += "  " + left(String(repeating: "=", count: bar), PlanPicture.barColumns)
      lines.append(line + right(byteText(liveBytes[row]), 11))
    }
    return lines + legend(colour: colour)
  }

  private func cellText(ofRow row: Int, repeats: Int, colour: Bool) -> String {
    var text = ""
    var style: Glyph?
    for column in columns.indices {
      let glyph = Glyph(of: self[row: row, column: column])
      if colour, glyph != style {
        text += glyph.escape
        style = glyph
      }
      text += String(repeating: glyph.rawValue, count: repeats)
    }
    return colour ? text + Glyph.reset : text
  }

  private func legend(colour: Bool) -> [String] {
    func entry(_ glyph: Glyph) -> String {
      (colour ? glyph.escape + String(glyph.rawValue) + Glyph.reset : String(glyph.rawValue)) + " " + glyph.meaning
    }
    let entries: [[Glyph]] = [
      [.executed, .recomputed, .reversed, .recomputedAndReversed], [.residuals, .restartValue, .nothing],
    ]
    return ["stages run across, time down"] + entries.map { $0.map(entry).joined(separator: "   ") }
  }
}

/// What stands for a cell.
private enum Glyph: Character {
  case executed = ">"
  case recomputed = "r"
  case reversed = "<"
  case recomputedAndReversed = "x"
  case residuals = "#"
  case restartValue = "c"
  case nothing = "."

  init(of cell: PlanPicture.Cell) {
    self =
      if cell.isReversed {
        cell.isRecomputed ? .recomputedAndReversed : .reversed
      } else if cell.isRecomputed {
        .recomputed
      } else if cell.isExecuted {
        .executed
      } else if cell.holdsResiduals {
        .residuals
      } else {
        cell.holdsRestartValue ? .restartValue : .nothing
      }
  }

  var meaning: String {
    switch self {
    case .executed: "executed first"
    case .recomputed: "recomputed"
    case .reversed: "reversed"
    case .recomputedAndReversed: "recomputed and reversed"
    case .residuals: "kept"
    case .restartValue: "kept to restart from"
    case .nothing: "nothing live"
    }
  }

  /// Select Graphic Rendition (ECMA-48): blue, yellow, green, cyan, default, magenta, faint.
  var escape: String {
    switch self {
    case .executed: "\u{1B}[0;34m"
    case .recomputed: "\u{1B}[0;33m"
    case .reversed: "\u{1B}[0;32m"
    case .recomputedAndReversed: "\u{1B}[0;36m"
    case .residuals: "\u{1B}[0m"
    case .restartValue: "\u{1B}[0;35m"
    case .nothing: "\u{1B}[0;2m"
    }
  }

  static let reset = "\u{1B}[0m"
}
