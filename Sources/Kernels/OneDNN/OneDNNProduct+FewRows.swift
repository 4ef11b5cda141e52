internal import COneDNN
internal import ComputationGraph

extension OneDNNProduct {
  /// Own kernels, which read B as it stands: for a batch of few rows, where a change of its layout takes as long as the
  /// product. 8 x 128 x 128 on one Zen 5 core: 193, 218 and 195 GFLOP/s (forward, gradient of inputs, of weights) beside
  /// matmul's 125, 173 and 156.
  func fewRows(_ context: OneDNNContext) throws(KernelError) -> OneDNNProgram? {
    guard OneDNN.instructionSet.hasAVX512, factors == .float32 else { return nil }
    let program = OneDNNProgram(context: context)
    let (team, rows, columns, depth) = (context.team, rows, columns, depth)
    // As many elements of a sum as the product is worth.
    let work = rows * columns * depth / 8
    switch direction {
    case .forward:
      let (hasBias, isReLU) = (hasBias, activation == .relu)
      program.append("own:few rows") { addresses in
        let (x, w, y) = unsafe (addresses[.input(0)].floats, addresses[.input(1)].floats, addresses[.output].floats)
        let bias = unsafe hasBias ? UnsafePointer(addresses[.input(2)].floats) : nil
        team.split(columns, granularity: 16, elements: work) { part in
          unsafe bptrainFewRowsForward(
            y, x, w, bias, isReLU, rows, columns, depth, part.lowerBound, part.upperBound)
        }
      }
      if let activation, !isReLU {
        let shape = Shape(rows: rows, columns: columns)
        try program.appendActivation(activation, from: .output, shape: shape, type: result, context)
      }
    case .inputGradient:
      program.append("own:few rows") { addresses in
        let (dy, w, dx) = unsafe (addresses[.input(0)].floats, addresses[.input(1)].floats, addresses[.output].floats)
        team.split(columns, granularity: 16, elements: work) { part in
          unsafe bptrainFewRowsInputGradient(
            dx, dy, w, rows, depth, columns, part.lowerBound, part.upperBound)
        }
      }
    case .weightGradient:
      let adds = adds
      program.append("own:few rows") { addresses in
        let (dy, x, dw) = unsafe (addresses[.input(0)].floats, addresses[.input(1)].floats, addresses[.output].floats)
        team.split(rows, granularity: 6, elements: work) { part in
          unsafe bptrainFewRowsWeightGradient(
            dw, dy, x, adds, depth, rows, columns, part.lowerBound, part.upperBound)
        }
      }
    }
    return program
  }
}
