package import ComputationGraph

extension KernelSignature {
  /// Element types of the inputs.
  package var inputTypes: [ElementType] { operation.inputTypes(count: inputs.count, in: elementType) }

  /// Element types of the outputs.
  package var outputTypes: [ElementType] { outputs.map { _ in operation.outputType(in: elementType) } }
}
