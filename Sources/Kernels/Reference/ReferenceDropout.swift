/// Inverted dropout; also its own pullback.
enum ReferenceDropout {
  /// y = x mask / (1 - rate); y may be x's memory.
  static func forward<Element: ReferenceElement>(x: Matrix<Element>, y: Matrix<Element>, mask: DropoutMask) {
    let scale = Element(mask.scale)
    var words = SIMD4<UInt32>()
    for index in 0..<x.count {
      let element = mask.firstElement + index
      if index == 0 || element % 4 == 0 { words = mask.words(ofBlock: element / 4) }
      y[index] = words[element % 4] >= mask.threshold ? x[index] * scale : 0
    }
  }
}
