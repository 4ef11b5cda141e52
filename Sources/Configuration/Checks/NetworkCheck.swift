/// Holds a whole network to its bounds and to the data, as far as their widths are known.
struct NetworkCheck {
  /// The tree of the whole file.
  let root: JSONNode
  var shapes: ShapeCheck

  init(root: JSONNode, batchSize: Int, context: DecodingContext) {
    self.root = root
    shapes = ShapeCheck(context: context, batchSize: batchSize)
  }

  /// Checks the layer list, entered by so many features; gives the width that leaves the network where it is known.
  mutating func check(inputFeatures: Int?, outputs: Int?, task: LearningTask?) -> Int? {
    guard let list = root["model"]?["layers"], let layers = list.elements, !layers.isEmpty else { return nil }
    if let inputFeatures, !checkInput(inputFeatures) { return nil }
    shapes.context.path.steps = [.key("model"), .key("layers")]
    let shape = shapes.check(list, entry: inputFeatures)
    shapes.context.path.steps = [.key("model"), .key("layers")]
    if !shape.hasLinear, shape.isReadable {
      shapes.tell("found no linear layer, allowed: at least one", at: list.range)
    }
    if shape.layers > Limits.layers {
      shapes.tell(
        "found \(counted(shape.layers)) layers once every repeat is written out, allowed: at most \(Limits.layers)",
        at: list.range)
    } else if shape.parameters > Limits.parameters {
      shapes.tell(
        "found \(counted(shape.parameters)) parameters, allowed: at most \(Limits.parameters)", at: list.range)
    }
    if let outputs, let width = shape.width, width != outputs {
      if let linear = shape.lastLinear { shapes.context.path = linear.path }
      let what = task == .classification ? "class" : "target"
      let plural = outputs == 1 ? "" : task == .classification ? "es" : "s"
      shapes.tell(
        "found \(width) for the network's outputs, and the data have \(outputs) \(what)\(plural), allowed: "
          + "\(outputs)",
        at: shape.lastLinear?.range ?? list.range)
    }
    shapes.context.path.steps = []
    return shape.width
  }

  /// Checks the width of the data; the network is not followed with one that is out of bounds.
  private mutating func checkInput(_ features: Int) -> Bool {
    let data = root["data"]
    shapes.context.path.steps = [.key("data")]
    defer { shapes.context.path.steps = [] }
    guard (1...Limits.width).contains(features) else {
      shapes.tell(
        "found \(features) features in the data, allowed: from 1 to \(Limits.width)", at: (data ?? root).range)
      return false
    }
    let elements = saturatingProduct(features, shapes.batchSize)
    guard elements <= Limits.elements else {
      shapes.tell(
        "found \(features) features, and for a batch of \(shapes.batchSize) that makes \(elements) elements, allowed: "
          + "at most \(Limits.elements) elements", at: (data ?? root).range)
      return false
    }
    return true
  }

  private func counted(_ count: Int) -> String {
    count == .max ? "more than \(Int.max)" : String(count)
  }
}
