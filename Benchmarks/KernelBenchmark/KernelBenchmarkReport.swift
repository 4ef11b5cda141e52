/// What the benchmark found, for people and for programs.
struct KernelBenchmarkReport {
  struct Product {
    var batch: Int
    var units: Int
    var inputs: Int
    var name: String
    var milliseconds: Double
    var gigaflops: Double
    var implementation: String
  }

  struct Elementwise {
    var name: String
    var milliseconds: Double
    var gigabytesPerSecond: Double
    var implementation: String
  }

  var library: String
  var instructionSet: String
  var threads: Int
  /// Of oneDNN's own 1024 x 1024 x 1024 product.
  var markGigaflops = 0.0
  var products: [Product] = []
  /// To bind one more kernel of a known signature.
  var bindMicroseconds = 0.0
  var elementwise: [Elementwise] = []

  init(library: String, instructionSet: String, threads: Int) {
    self.library = library
    self.instructionSet = instructionSet
    self.threads = threads
  }

  var table: String {
    var lines = [
      "\(library), \(instructionSet), \(threads) threads; mark (sgemm 1024): \(fixed(markGigaflops, 1)) GFLOP/s"
    ]
    lines.append("")
    lines.append(row("batch x units x inputs", "product", "ms", "GFLOP/s", "of mark", "implementation"))
    for product in products {
      lines.append(
        row(
          "\(product.batch) x \(product.units) x \(product.inputs)", product.name, fixed(product.milliseconds, 4),
          fixed(product.gigaflops, 1), "\(fixed(100 * product.gigaflops / markGigaflops, 0)) %",
          product.implementation))
    }
    lines.append("")
    lines.append(row("8192 x 256", "kernel", "ms", "GB/s", "", "implementation"))
    for kernel in elementwise {
      lines.append(
        row(
          "", kernel.name, fixed(kernel.milliseconds, 4), fixed(kernel.gigabytesPerSecond, 1), "",
          kernel.implementation))
    }
    lines.append("")
    lines.append("one more bound kernel: \(fixed(bindMicroseconds, 2)) µs")
    return lines.joined(separator: "\n")
  }

  var json: String {
    let products = products.map {
      """
          {"batch": \($0.batch), "units": \($0.units), "inputs": \($0.inputs), "name": "\($0.name)", \
      "milliseconds": \($0.milliseconds), "gigaflops": \($0.gigaflops), "implementation": "\($0.implementation)"}
      """
    }
    let elementwise = elementwise.map {
      """
          {"name": "\($0.name)", "milliseconds": \($0.milliseconds), \
      "gigabytesPerSecond": \($0.gigabytesPerSecond), "implementation": "\($0.implementation)"}
      """
    }
    return """
      {
        "library": "\(library)", "instructionSet": "\(instructionSet)", "threads": \(threads),
        "markGigaflops": \(markGigaflops), "bindMicroseconds": \(bindMicroseconds),
        "products": [
      \(products.joined(separator: ",\n"))
        ],
        "elementwise": [
      \(elementwise.joined(separator: ",\n"))
        ]
      }
      """
  }

  private func row(
    _ shape: String, _ name: String, _ time: String, _ rate: String, _ share: String, _ implementation: String
  ) -> String {
    pad(shape, 23) + pad(name, 24) + pad(time, 10, left: true) + pad(rate, 10, left: true)
      + pad(share, 9, left: true) + "  " + implementation
  }

  private func pad(_ text: String, _ width: Int, left: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - text.count))
    return left ? spaces + text : text + spaces
  }

  /// Decimal digits after the point, rounded.
  private func fixed(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = (value * Double(scale)).rounded()
    guard scaled.isFinite, scaled >= 0, scaled < 1e15 else { return "-" }
    guard digits > 0 else { return "\(Int(scaled))" }
    let fraction = String(Int(scaled) % scale)
    return "\(Int(scaled) / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
