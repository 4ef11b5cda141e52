/// A bound kernel whose work is a closure, made once when it is bound.
final class ClosureKernel: BoundKernel {
  private let body: (RunContext) -> Void

  init(_ body: @escaping (RunContext) -> Void) {
    self.body = body
  }

  func run(_ context: RunContext) {
    body(context)
  }
}
