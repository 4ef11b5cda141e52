/// The sum of two values.
enum ReferenceAdd {
  /// sum = a + b; the sum may be the memory of either.
  static func forward<Element: ReferenceElement>(a: Matrix<Element>, b: Matrix<Element>, sum: Matrix<Element>) {
    for index in 0..<sum.count { sum[index] = a[index] + b[index] }
  }
}
