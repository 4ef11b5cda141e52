import ArenaMemory
import ComputationGraph
import CostModel
import ExecutionPlanning
import Kernels

/// One product's shape and the rate that its kernel reaches alone, on memory of its own.
struct ProductRate: Sendable {
  var operation: String
  /// Rows, columns and depth of the product.
  var sizes: String
  /// Instructions of the plan that execute it.
  var count: Int
  var seconds: Double
  var gigaflops: Double
}

/// The rates of a plan's distinct products, without activations.
///
/// - Parameter library: of one thread where the plan is a thread's own.
func productRates(of plan: Plan, library: any KernelLibrary) throws -> [ProductRate] {
  var counts: [KernelSignature: Int] = [:]
  for instruction in plan.instructions {
    let node = plan.graph.nodes[instruction.node]
    guard node.operation.isProduct else { continue }
    var operation = node.operation
    if case .linear(let bias, _) = operation { operation = .linear(bias: bias, activation: nil) }
    let signature = KernelSignature(
      operation: operation, inputs: plan.graph.inputShapes(of: node), outputs: plan.graph.outputShapes(of: node),
      elementType: plan.graph.elementType)
    counts[signature, default: 0] += 1
  }
  return try counts.map { signature, count in
    let seconds = try seconds(of: signature, library: library)
    let flops = Double(signature.operation.flops(for: signature.inputs))
    return ProductRate(
      operation: signature.operation.name,
      sizes: signature.inputs.prefix(2).map(\.description).joined(separator: " "), count: count, seconds: seconds,
      gigaflops: 1e-9 * flops / seconds)
  }.sorted { Double($0.count) * $0.seconds > Double($1.count) * $1.seconds }
}

private func seconds(of signature: KernelSignature, library: any KernelLibrary) throws -> Double {
  let inputs = try zip(signature.inputs, signature.inputTypes).map {
    try RandomBlock(elementCount: $0.elementCount, elementType: $1)
  }
  let outputs = try zip(signature.outputs, signature.outputTypes).map {
    try RandomBlock(elementCount: $0.elementCount, elementType: $1)
  }
  let scratchpad = try RandomBlock(elementCount: library.scratchpadByteCount(for: signature) / 4 + 1)
  defer { withExtendedLifetime((inputs, outputs, scratchpad)) {} }
  let kernel = try library.bind(
    signature, inputs: inputs.map(\.address), outputs: outputs.map(\.address), scratchpad: scratchpad.address)
  let context = RunContext(seed: 0, iteration: 0)
  let flops = signature.operation.flops(for: signature.inputs)
  return try medianSeconds(callsPerSample: max(1, 400_000_000 / max(flops, 1_000_000))) { kernel.run(context) }
}
