internal import COneDNN
internal import ComputationGraph

extension OneDNNProduct {
  /// Own kernels, which read B as it stands or bring a few of its columns at a time side by side on the stack: for a
  /// batch of few rows, where a change of its layout takes as long as the product. GFLOP/s of the forward product, the
  /// gradient of inputs and that of weights on one core:
  ///
  /// - 8 x 128 x 128, Zen 5: 193, 218 and 195, by matmul 125, 173 and 156.
  /// - 64 x 64 x 64, Zen 3: 86, 85 and 85, by matmul 72, 75 and 79.
  func fewRows(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    let instructionSet = OneDNN.instructionSet
    guard instructionSet.hasAVX2, factors == .float32 else { return nil }
    let program = OneDNNProgram(context: context)
    let (rows, columns, depth) = (rows, columns, depth)
    // As many elements of a sum as the product is worth.
    let work = rows * columns * depth / 8
    switch direction {
    case .forward:
      let kernel = unsafe instructionSet.hasAVX512 ? bptrainFewRowsForwardAVX512 : bptrainFewRowsForwardAVX2
      let (hasBias, isReLU) = (hasBias, activation == .relu)
      try program.append("own:few rows") { context in
        { [team = context.team] addresses in
          let (x, w, y) = unsafe (addresses[.input(0)].floats, addresses[.input(1)].floats, addresses[.output].floats)
          let bias = unsafe hasBias ? UnsafePointer(addresses[.input(2)].floats) : nil
          team.split(columns, granularity: 16, elements: work) { part in
            unsafe kernel(
              y, x, w, bias, isReLU, rows, columns, depth, part.lowerBound, part.upperBound)
          }
        }
      }
      if let activation, !isReLU {
        let shape = Shape(rows: rows, columns: columns)
        try program.appendActivation(activation, from: .output, shape: shape, type: result, context)
      }
    case .inputGradient:
      let kernel = unsafe instructionSet.hasAVX512 ? bptrainFewRowsInputGradientAVX512 : bptrainFewRowsInputGradientAVX2
      try program.append("own:few rows") { context in
        { [team = context.team] addresses in
          let (dy, w, dx) = unsafe (addresses[.input(0)].floats, addresses[.input(1)].floats, addresses[.output].floats)
          team.split(columns, granularity: 16, elements: work) { part in
            unsafe kernel(
              dx, dy, w, rows, depth, columns, part.lowerBound, part.upperBound)
          }
        }
      }
    case .weightGradient:
      let kernel =
        unsafe instructionSet.hasAVX512 ? bptrainFewRowsWeightGradientAVX512 : bptrainFewRowsWeightGradientAVX2
      let adds = adds
      try program.append("own:few rows") { context in
        { [team = context.team] addresses in
          let (dy, x, dw) = unsafe (addresses[.input(0)].floats, addresses[.input(1)].floats, addresses[.output].floats)
          team.split(rows, granularity: 6, elements: work) { part in
            unsafe kernel(
              dw, dy, x, adds, depth, rows, columns, part.lowerBound, part.upperBound)
          }
        }
      }
    }
    return program
  }
}
