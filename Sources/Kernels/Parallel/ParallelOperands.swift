internal import ComputationGraph
internal import SystemCalls

/// The operands of one kernel as pointers, with the sizes of the first input.
@safe struct ParallelOperands {
  let signature: KernelSignature
  private let addresses: (inputs: [MemoryAddress], outputs: [MemoryAddress])

  init(_ signature: KernelSignature, _ inputs: [MemoryAddress], _ outputs: [MemoryAddress]) {
    self.signature = signature
    addresses = (inputs, outputs)
  }

  var rows: Int { signature.inputs[0].rows }
  var columns: Int { signature.inputs[0].columns }
  var count: Int { signature.inputs[0].elementCount }

  /// Whether activations and cotangents are in bfloat16.
  var isNarrow: Bool { signature.elementType == .bfloat16 }

  func address(ofInput index: Int) -> MemoryAddress { addresses.inputs[index] }

  func address(ofOutput index: Int) -> MemoryAddress { addresses.outputs[index] }

  /// An activation or cotangent.
  func activation(_ index: Int) -> ActivationPointer {
    ActivationPointer(addresses.inputs[index], signature.elementType)
  }

  func activationOutput(_ index: Int) -> ActivationPointer {
    ActivationPointer(addresses.outputs[index], signature.elementType)
  }

  /// An input of float32 numbers, whatever the activations are in.
  func floats(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe addresses.inputs[index].floats }

  func floatOutput(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe addresses.outputs[index].floats }

  /// An input of float32 numbers as the reference kernels see it.
  func matrix(ofInput index: Int) -> Matrix<Float> {
    Matrix(address: addresses.inputs[index], shape: signature.inputs[index])
  }
}

/// Where activations begin, in float32 or bfloat16: kernels for either take them as raw memory.
@safe struct ActivationPointer {
  private let base: UnsafeMutableRawPointer
  private let elementByteCount: Int

  init(_ address: MemoryAddress, _ elementType: ElementType) {
    unsafe base = UnsafeMutableRawPointer(bitPattern: address.bitPattern).unsafelyUnwrapped
    elementByteCount = elementType.byteCount
  }

  /// The element with an index.
  @inline(__always)
  static func + (pointer: ActivationPointer, index: Int) -> UnsafeMutableRawPointer {
    unsafe pointer.base + index * pointer.elementByteCount
  }
}

extension MemoryAddress {
  /// The float32 elements from here on; binding has refused the null address.
  var floats: UnsafeMutablePointer<Float> {
    unsafe UnsafeMutablePointer(bitPattern: bitPattern).unsafelyUnwrapped
  }
}
