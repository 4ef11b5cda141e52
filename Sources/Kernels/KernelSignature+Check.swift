internal import ComputationGraph
package import SystemCalls

extension KernelSignature {
  /// Whether shapes fit the operator; what every library asks before it makes a kernel.
  package func check() throws(KernelError) {
    guard operation.outputShapes(for: inputs) == outputs else {
      throw KernelError("\(operation) cannot take \(inputs) to \(outputs)")
    }
    guard !addsToOutputs || operation.isSumOverRows else {
      throw KernelError("\(operation) is no sum over rows, so it cannot be added to an earlier result")
    }
  }

  /// Whether there is one address, aligned to the element, for every operand.
  package func check(inputs addresses: [MemoryAddress], outputs outputAddresses: [MemoryAddress]) throws(KernelError) {
    try check()
    guard addresses.count == inputs.count, outputAddresses.count == outputs.count else {
      throw KernelError(
        "\(operation) has \(inputs.count) inputs and \(outputs.count) outputs, "
          + "not \(addresses.count) and \(outputAddresses.count)")
    }
    for (address, type) in zip(addresses + outputAddresses, inputTypes + outputTypes)
    where address.bitPattern == 0 || address.bitPattern % UInt(type.byteCount) != 0 {
      throw KernelError("\(operation) was given the address \(address.bitPattern), no place for \(type.rawValue)")
    }
  }
}
