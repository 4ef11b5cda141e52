internal import COneDNN
internal import ComputationGraph

extension OneDNNProgram {
  /// A kernel for bfloat16 operands from the float32 kernel of the same operator, for processors that do not multiply
  /// bfloat16: operands are widened into workspace, the result is rounded.
  ///
  /// - Parameters:
  ///   - program: computes the signature's operator in float32, a linear layer without its activation.
  ///   - activation: that activation in float32; it starts from the rounded product.
  static func widening(
    _ signature: KernelSignature, around program: OneDNNProgram, activation: OneDNNProgram? = nil,
    context: OneDNNContext
  ) throws(KernelError) -> OneDNNProgram {
    let result = OneDNNProgram(context: context)
    var places: [(operand: OneDNNOperand, place: OneDNNOperand, count: Int)] = []
    for (index, type) in signature.inputTypes.enumerated() where type == .bfloat16 {
      let count = signature.inputs[index].elementCount
      places.append((.input(index), result.reserveScratchpad(4 * count), count))
    }
    let outputCount = signature.outputs[0].elementCount
    let output = signature.outputTypes[0] == .bfloat16 ? result.reserveScratchpad(4 * outputCount) : nil
    let workspace = result.reserveScratchpad(
      max(program.scratchpadByteCount, activation?.scratchpadByteCount ?? 0))
    for (operand, place, count) in places { try result.appendWidening(from: operand, to: place, count: count) }
    try result.appendWidened(program) { [places = places.map { ($0.operand, $0.place) }] addresses in
      var moved = addresses
      for (operand, place) in places { moved.move(operand, to: addresses[place]) }
      if let output { moved.move(.output, to: addresses[output]) }
      moved.move(.scratchpad(byteOffset: 0), to: addresses[workspace])
      return moved
    }
    guard let output else { return result }
    try result.appendRounding(from: output, to: .output, count: outputCount)
    guard let activation else { return result }
    try result.appendWidening(from: .output, to: output, count: outputCount)
    try result.appendWidened(activation) { addresses in
      var moved = addresses
      moved.move(.input(0), to: addresses[output])
      moved.move(.output, to: addresses[output])
      moved.move(.scratchpad(byteOffset: 0), to: addresses[workspace])
      return moved
    }
    try result.appendRounding(from: output, to: .output, count: outputCount)
    return result
  }

  /// Adds a program as one step.
  ///
  /// - Parameter places: where its operands stand.
  private func appendWidened(
    _ program: OneDNNProgram, at places: @escaping (OneDNNAddresses) -> OneDNNAddresses
  ) throws(KernelError) {
    let name = "widened(\(program.implementationNames.joined(separator: " ")))"
    try append(name, enclosing: program) { context throws(KernelError) in
      let program = try program.copy(for: context)
      return { addresses in program.run(at: places(addresses)) }
    }
  }

  private func appendWidening(
    from source: OneDNNOperand, to target: OneDNNOperand, count: Int
  ) throws(KernelError) {
    try append("own:widen") { context in
      { [team = context.team] addresses in
        Conversion.widen(addresses[source], to: addresses[target], count: count, team: team)
      }
    }
  }

  private func appendRounding(
    from source: OneDNNOperand, to target: OneDNNOperand, count: Int
  ) throws(KernelError) {
    try append("own:round") { context in
      { [team = context.team] addresses in
        Conversion.round(addresses[source], to: addresses[target], count: count, team: team)
      }
    }
  }
}
