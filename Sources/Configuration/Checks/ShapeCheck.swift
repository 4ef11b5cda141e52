/// Follows the width through a layer list as it was written, and holds it and the sizes that follow to their bounds.
///
/// Lists are told apart by their place and the width that enters them, so that a `repeat` block is gone through at most
/// twice for each width however often it is nested. Recursion is as deep as the brackets of the file.
struct ShapeCheck {
  /// What is known of a list once it was gone through.
  struct ListShape {
    /// The width that leaves the list; nil where it is not known.
    var width: Int?
    /// Layers with every `repeat` written out, those in residual blocks counted too.
    var layers = 0
    var parameters = 0
    /// The linear layer that gives `width`, where the list has one.
    var lastLinear: Place?
    var hasLinear = false
    /// Whether every layer's kind could be read.
    var isReadable = true
  }

  /// The units of a linear layer, or whatever a mistake is told at.
  struct Place {
    var path: ConfigurationPath
    var range: SourceRange
  }

  private struct Visit: Hashable {
    var place: SourceRange
    var entry: Int?
  }

  var context: DecodingContext
  let batchSize: Int
  /// The first batch norm met.
  private(set) var firstBatchNorm: ConfigurationPath?
  private var visited: [Visit: ListShape] = [:]
  private var reported: Set<SourceRange> = []

  init(context: DecodingContext, batchSize: Int) {
    self.context = context
    self.batchSize = batchSize
  }

  /// Checks a list that is entered by so many features, nil where that is not known.
  mutating func check(_ list: JSONNode, entry: Int?) -> ListShape {
    let visit = Visit(place: list.range, entry: entry)
    if let known = visited[visit] { return known }
    var shape = ListShape(width: entry)
    for (index, layer) in (list.elements ?? []).enumerated() {
      context.path.push(index)
      checkLayer(layer, &shape)
      context.path.pop()
    }
    visited[visit] = shape
    return shape
  }

  private mutating func checkLayer(_ layer: JSONNode, _ shape: inout ListShape) {
    switch layer["type"]?.string {
    case "linear": checkLinear(layer, &shape)
    case "batchNorm":
      firstBatchNorm = firstBatchNorm ?? context.path
      addNormalization(&shape)
    case "layerNorm": addNormalization(&shape)
    case "residual": checkResidual(layer, &shape)
    case "repeat": checkRepeat(layer, &shape)
    case let type? where LayerKeys.layer.names.contains(type): shape.layers = saturatingSum(shape.layers, 1)
    default:
      shape.isReadable = false
      shape.width = nil
    }
  }

  private mutating func checkLinear(_ layer: JSONNode, _ shape: inout ListShape) {
    shape.hasLinear = true
    shape.layers = saturatingSum(shape.layers, 1)
    guard let node = layer["units"], let units = node.integer, (1...Limits.width).contains(units) else {
      shape.width = nil
      shape.lastLinear = nil
      return
    }
    context.path.push("units")
    let elements = saturatingProduct(units, batchSize)
    if elements > Limits.elements {
      tell(
        "found \(units), and for a batch of \(batchSize) that makes \(elements) elements, allowed: at most "
          + "\(Limits.elements) elements", at: node.range)
    }
    shape.lastLinear = Place(path: context.path, range: node.range)
    context.path.pop()
    let weights = saturatingProduct(shape.width ?? 1, units)
    shape.parameters = saturatingSum(shape.parameters, saturatingSum(weights, units))
    shape.width = units
  }

  private func addNormalization(_ shape: inout ListShape) {
    shape.layers = saturatingSum(shape.layers, 1)
    shape.parameters = saturatingSum(shape.parameters, saturatingProduct(2, shape.width ?? 1))
  }

  private mutating func checkResidual(_ layer: JSONNode, _ shape: inout ListShape) {
    shape.layers = saturatingSum(shape.layers, 1)
    guard let list = layer["layers"], let layers = list.elements, !layers.isEmpty else {
      shape.isReadable = false
      shape.width = nil
      return
    }
    let block = context.path
    context.path.push("layers")
    let inner = check(list, entry: shape.width)
    context.path.pop()
    if let entry = shape.width, let exit = inner.width, entry != exit, let linear = inner.lastLinear {
      let outside = context.path
      context.path = linear.path
      tell(
        "found \(exit), and the residual block \(block) adds the result to its input of \(entry) features, "
          + "allowed: \(entry)", at: linear.range)
      context.path = outside
    }
    add(inner, copies: 1, to: &shape)
    // The sum of two widths that disagree has none; what follows is not blamed for it.
    if let entry = shape.width { shape.width = inner.width == entry ? entry : nil } else { shape.width = inner.width }
    if inner.lastLinear != nil { shape.lastLinear = inner.lastLinear }
  }

  private mutating func checkRepeat(_ layer: JSONNode, _ shape: inout ListShape) {
    guard let list = layer["layers"], let layers = list.elements, !layers.isEmpty else {
      shape.isReadable = false
      shape.width = nil
      return
    }
    var count = 1
    if let given = layer["count"]?.integer, given >= 1, given <= Limits.layers { count = given }
    context.path.push("layers")
    let first = check(list, entry: shape.width)
    add(first, copies: 1, to: &shape)
    shape.width = first.width
    if count > 1 {
      // Every further copy is entered by the width that leaves the first.
      let further = check(list, entry: first.width)
      add(further, copies: count - 1, to: &shape)
      shape.width = further.width
    }
    context.path.pop()
    if first.hasLinear { shape.lastLinear = first.lastLinear }
  }

  private func add(_ inner: ListShape, copies: Int, to shape: inout ListShape) {
    shape.layers = saturatingSum(shape.layers, saturatingProduct(inner.layers, copies))
    shape.parameters = saturatingSum(shape.parameters, saturatingProduct(inner.parameters, copies))
    shape.hasLinear = shape.hasLinear || inner.hasLinear
    shape.isReadable = shape.isReadable && inner.isReadable
  }

  /// Tells a mistake once, however often its place is met.
  mutating func tell(_ message: String, at range: SourceRange) {
    if reported.insert(range).inserted { context.report(message, at: range) }
  }
}

func saturatingSum(_ first: Int, _ second: Int) -> Int {
  let (sum, overflows) = first.addingReportingOverflow(second)
  return overflows ? .max : sum
}

func saturatingProduct(_ first: Int, _ second: Int) -> Int {
  let (product, overflows) = first.multipliedReportingOverflow(by: second)
  return overflows ? .max : product
}
