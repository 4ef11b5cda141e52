/// Which method computes a product, by its direction, its sizes, the instruction set and the thread count: shipped
/// rules, and classes of products for which another method was measured to be faster on this machine.
///
/// Another table may give other bits, so a run has one table, which is settled before it begins; reports name its
/// ``hash``.
package struct KernelTable: Hashable, Sendable {
  /// Sizes of products to which a list of methods applies. A is `rows` x `depth`, B `depth` x `columns`.
  package struct Rule: Hashable, Sendable {
    package let directions: [ProductDirection]
    package let rows: ClosedRange<Int>
    package let columns: ClosedRange<Int>
    package let depth: ClosedRange<Int>
    /// Rows over the larger of columns and depth are at least this many.
    package let tallness: Int
    /// The first that the library has for the product is taken.
    package let methods: [ProductMethod]

    package init(
      directions: [ProductDirection] = ProductDirection.allCases, rows: ClosedRange<Int> = 1...Int.max,
      columns: ClosedRange<Int> = 1...Int.max, depth: ClosedRange<Int> = 1...Int.max, tallness: Int = 0,
      methods: [ProductMethod]
    ) {
      self.directions = directions
      self.rows = rows
      self.columns = columns
      self.depth = depth
      self.tallness = tallness
      self.methods = methods
    }
  }

  /// The first rule that applies to a product holds.
  package let rules: [Rule]
  /// What was measured here.
  package let tuned: [ProductClass: ProductMethod]
  /// Names all that computations depend on here: 16 hexadecimal digits.
  package let hash: String

  package init(rules: [Rule], tuned: [ProductClass: ProductMethod] = [:]) {
    self.rules = rules
    self.tuned = tuned
    hash = fowlerNollVo(Self.text(rules, tuned))
  }

  /// The same rules with other measurements.
  package func tuned(_ tuned: [ProductClass: ProductMethod]) -> KernelTable { KernelTable(rules: rules, tuned: tuned) }

  /// The methods for a product, the best first; where the library has none of them, any will do.
  ///
  /// - Parameter productClass: nil for products that are not measured.
  func methods(
    _ direction: ProductDirection, rows: Int, columns: Int, depth: Int, of productClass: ProductClass?
  ) -> [ProductMethod] {
    let shipped = rules.first { rule in
      rule.directions.contains(direction) && rule.rows.contains(rows) && rule.columns.contains(columns)
        && rule.depth.contains(depth) && rows >= rule.tallness * max(columns, depth)
    }
    return (productClass.flatMap { tuned[$0] }.map { [$0] } ?? []) + (shipped?.methods ?? [])
  }

  private static func text(_ rules: [Rule], _ tuned: [ProductClass: ProductMethod]) -> String {
    var text = ""
    for rule in rules {
      let directions = rule.directions.map(\.rawValue).joined(separator: ",")
      let methods = rule.methods.map(\.rawValue).joined(separator: ",")
      text += "\(directions) \(rule.rows) \(rule.columns) \(rule.depth) \(rule.tallness) \(methods)\n"
    }
    text += RowTiles.description + "\n"
    for (productClass, method) in tuned.sorted(by: { $0.key < $1.key }) { text += "\(productClass) \(method)\n" }
    return text
  }
}
