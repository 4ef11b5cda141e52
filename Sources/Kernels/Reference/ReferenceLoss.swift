internal import ComputationGraph
internal import Glibc

/// The losses, their gradients and the count of right predictions. Sums run in double precision.
enum ReferenceLoss {
  /// The loss, means taken over `batchRows` rows.
  static func value<Element: ReferenceElement>(
    _ loss: LossFunction, prediction p: Matrix<Element>, target t: Matrix<Element>, batchRows: Int
  ) -> Double {
    let elements = Double(batchRows) * Double(p.columns)
    switch loss {
    case .meanSquaredError: return sum(p, t) { ($0 - $1) * ($0 - $1) } / elements
    case .meanAbsoluteError: return sum(p, t) { abs($0 - $1) } / elements
    case .huber(let delta):
      return sum(p, t) { p, t in
        let distance = abs(p - t)
        return distance <= delta ? distance * distance / 2 : delta * (distance - delta / 2)
      } / elements
    case .binaryCrossEntropy:
      return sum(p, t) { p, t in (p < 0 ? 0 : p) - p * t + Glibc.log1p(Glibc.exp(-abs(p))) } / elements
    case .halfSquaredError: return sum(p, t) { ($0 - $1) * ($0 - $1) } / (2 * Double(batchRows))
    case .softmaxCrossEntropy:
      var sum = 0.0
      for row in 0..<p.rows {
        guard let label = classIndex(t[row], classes: p.columns) else { return .nan }
        let (largest, exponentials) = shiftedExponentials(p, row)
        sum += Glibc.log(exponentials) + (largest - p[row, label].wide)
      }
      return sum / Double(batchRows)
    }
  }

  /// dp: the gradient of ``value(_:prediction:target:batchRows:)``.
  static func gradient<Element: ReferenceElement>(
    _ loss: LossFunction, prediction p: Matrix<Element>, target t: Matrix<Element>, gradient: Matrix<Element>,
    batchRows: Int
  ) {
    let elements = Double(batchRows) * Double(p.columns)
    func map(_ factor: Double, _ function: (Element, Element) -> Element) {
      let factor = Element(factor)
      for index in 0..<p.count { gradient[index] = factor * function(p[index], t[index]) }
    }
    switch loss {
    case .meanSquaredError: map(2 / elements) { $0 - $1 }
    case .meanAbsoluteError: map(1 / elements) { sign($0 - $1) }
    case .huber(let delta):
      let delta = Element(delta)
      map(1 / elements) { p, t in abs(p - t) <= delta ? p - t : delta * sign(p - t) }
    case .binaryCrossEntropy: map(1 / elements) { ReferenceActivation.sigmoid($0) - $1 }
    case .halfSquaredError: map(1 / Double(batchRows)) { $0 - $1 }
    case .softmaxCrossEntropy:
      for row in 0..<p.rows {
        let label = classIndex(t[row], classes: p.columns)
        let (largest, exponentials) = shiftedExponentials(p, row)
        for column in 0..<p.columns {
          let probability = label == nil ? .nan : Glibc.exp(p[row, column].wide - largest) / exponentials
          gradient[row, column] = Element((probability - (column == label ? 1 : 0)) / Double(batchRows))
        }
      }
    }
  }

  /// How many rows are right: the first largest logit stands at the label; or, element by element, what is
  /// predicted agrees with the bit, in shares of a row.
  static func correctCount<Element: ReferenceElement>(
    _ kind: TargetKind, prediction p: Matrix<Element>, target t: Matrix<Element>
  ) -> Double {
    var count = 0
    switch kind {
    case .classes:
      for row in 0..<p.rows {
        var largest = 0
        for column in 0..<p.columns where p[row, column] > p[row, largest] { largest = column }
        if classIndex(t[row], classes: p.columns) == largest { count += 1 }
      }
      return Double(count)
    case .bits, .bitValues:
      let threshold: Element = kind == .bits ? 0 : 0.5
      for index in 0..<p.count where (p[index] > threshold) == (t[index] > 0.5) { count += 1 }
      return Double(count) / Double(p.columns)
    }
  }

  /// The class that a target names; nil where it is none, which makes losses and gradients not-a-number.
  @inline(__always)
  private static func classIndex<Element: ReferenceElement>(_ target: Element, classes: Int) -> Int? {
    guard let index = Int(exactly: target.wide), index >= 0, index < classes else { return nil }
    return index
  }

  /// The largest logit of a row and Σ exp(p - largest), which lies between 1 and the number of classes.
  private static func shiftedExponentials<Element: ReferenceElement>(
    _ p: Matrix<Element>, _ row: Int
  ) -> (largest: Double, sum: Double) {
    var largest = p[row, 0].wide
    for column in 1..<p.columns where p[row, column].wide > largest { largest = p[row, column].wide }
    var sum = 0.0
    for column in 0..<p.columns { sum += Glibc.exp(p[row, column].wide - largest) }
    return (largest, sum)
  }

  @inline(__always)
  private static func sum<Element: ReferenceElement>(
    _ p: Matrix<Element>, _ t: Matrix<Element>, _ term: (Double, Double) -> Double
  ) -> Double {
    var sum = 0.0
    for index in 0..<p.count { sum += term(p[index].wide, t[index].wide) }
    return sum
  }

  /// -1, 0 or 1; not-a-number stays.
  @inline(__always)
  private static func sign<Element: ReferenceElement>(_ x: Element) -> Element {
    x > 0 ? 1 : x < 0 ? -1 : x
  }
}
