package import ComputationGraph

/// What a nominal machine does in a second. Costs that follow from it and from operation and byte counts are a pure
/// function of the network: the same plan everywhere.
package struct OperationRates: Hashable, Sendable {
  package var flopsPerSecond: Double
  package var bytesPerSecond: Double

  package init(flopsPerSecond: Double, bytesPerSecond: Double) {
    self.flopsPerSecond = flopsPerSecond
    self.bytesPerSecond = bytesPerSecond
  }

  /// Generated kernels on two cores of a present server.
  package static let generated = OperationRates(flopsPerSecond: 1e11, bytesPerSecond: 2e10)
  /// The reference kernels: plain loops on one thread, bound by arithmetic wherever they do any.
  package static let reference = OperationRates(flopsPerSecond: 2e9, bytesPerSecond: 5e9)

  /// The operations or the bytes of one execution, whichever takes longer.
  package func seconds(_ operation: Operator, inputs: [Shape], elementType: ElementType) -> Double {
    // The same under every schedule, and predicted for all parameters together.
    if operation == .parameterUpdate { return 0 }
    let bytes = operation.bytesMoved(for: inputs, elementType: elementType)
    return max(Double(operation.flops(for: inputs)) / flopsPerSecond, Double(bytes) / bytesPerSecond)
  }

  package func seconds(of node: Node, in graph: Graph) -> Double {
    seconds(node.operation, inputs: graph.inputShapes(of: node), elementType: graph.elementType)
  }
}
