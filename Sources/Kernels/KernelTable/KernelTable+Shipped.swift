extension KernelTable {
  /// The table that ships with the program, for the processor that it runs on.
  package static let shipped = KernelTable(rules: OneDNN.instructionSet.hasAVX512 ? withAVX512 : withoutAVX512)

  /// oneDNN has its `brgemm` kernels for float32. Rates on 2 Zen 5 cores, or where it says so on 2 Zen 4 cores (GFLOP/s,
  /// batch x units x inputs):
  ///
  /// - 8 x 128 x 128 on one core: own kernels 193, 218 and 195, matmul 125, 173 and 156; 64 x 64 x 64, gradient of
  ///   weights: own 259, matmul 210.
  /// - 16 x 512 x 512 and 16 x 1024 x 1024 whose weights come from memory, Zen 4, forward: own kernels 124, matmul 100.
  /// - 4096 x 256 x 256, forward: inner product 443, matmul 382.
  /// - 1024 x 1024 x 1024, gradient of inputs: packed matmul 493, matmul 469.
  private static let withAVX512 = [
    Rule(
      directions: [.forward, .inputGradient], rows: 1...32, columns: 1...256, depth: 1...256,
      methods: [.fewRows, .matmul]),
    Rule(
      directions: [.forward], rows: 8...24, columns: 1...1024, depth: 1...1024, methods: [.fewRows, .matmul]),
    Rule(directions: [.weightGradient], rows: 1...256, columns: 1...256, depth: 1...64, methods: [.fewRows, .matmul]),
    Rule(directions: [.forward], columns: 128...Int.max, tallness: 8, methods: [.innerProduct, .matmul]),
    Rule(
      directions: [.inputGradient], rows: 512...Int.max, columns: 1024...Int.max, depth: 1024...Int.max,
      methods: [.packedMatmul, .matmul]),
    Rule(methods: [.matmul, .innerProduct]),
  ]

  /// The matmul primitive is oneDNN's older matrix product. Convolutions need workspace for the weights in their
  /// layout, which few rows are not worth: it would raise the least feasible bytes. On 2 Zen 3 cores:
  ///
  /// - 16 x 64 x 64: own kernels 50, 60 and 45, matmul 25, 29 and 34; 64 x 128 x 128, forward: own 98, matmul 82.
  /// - 512 x 512 x 512: convolution 200, matmul 180 (x Wᵀ) and 132 (dy W); 1024 x 2048 x 2048: 146 and 135 (x Wᵀ).
  /// - 2048 x 512 x 512, gradient of weights: blocks of convolutions 180, matmul 115.
  private static let withoutAVX512 = [
    Rule(
      directions: [.forward, .inputGradient], rows: 1...256, columns: 1...256, depth: 1...256,
      methods: [.fewRows, .matmul]),
    Rule(
      directions: [.forward, .inputGradient], rows: 1...255, columns: 1...1024, depth: 1...1024,
      methods: [.fewRows, .matmul]),
    Rule(
      directions: [.weightGradient], rows: 1...512, columns: 1...512, depth: 1...255, methods: [.fewRows, .matmul]),
    Rule(
      directions: [.forward, .inputGradient], rows: 256...Int.max, columns: 1...2048, depth: 16...2048,
      methods: [.convolution, .matmul]),
    Rule(
      directions: [.weightGradient], rows: 128...1024, columns: 128...1024, depth: 256...Int.max,
      methods: [.blockedConvolution, .matmul]),
    Rule(methods: [.matmul]),
  ]
}
