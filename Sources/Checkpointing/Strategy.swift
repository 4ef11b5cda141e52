/// What decides which activations are kept and which are computed again, as users name it.
package enum Strategy: Hashable, Sendable {
  /// Keep everything.
  case none
  /// About √n balanced segments.
  case sqrt
  /// So many balanced segments.
  case segments(Int)
  /// The inputs of every K-th stage are kept.
  case every(Int)
  /// Bisection, in memory of the order of log n.
  case recursive
  /// Binomial checkpointing with so many restart values (Griewank & Walther 2000).
  case revolve(Int)
  /// So many units, each a restart value or one stage's residuals (Maddison 2024).
  case mixed(Int)
  /// A segment is cut when its bytes pass a size (Chen et al. 2016).
  case greedy(ByteSize)
  /// Least predicted time under a byte budget.
  case optimal
  /// A schedule read from a file.
  case file(String)

  /// The spellings allowed, for messages and help texts.
  package static let spellings = [
    "none", "sqrt", "segments:K", "every:K", "recursive", "revolve:S", "mixed:S", "optimal", "greedy:SIZE", "file:PATH",
  ]

  /// Reads a strategy as it stands on a command line.
  ///
  /// - Throws: `StrategyError`, whose sentence says what was found and what is allowed.
  package init(parsing text: String) throws(StrategyError) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts.first.map(String.init) ?? ""
    let argument = parts.count == 2 ? String(parts[1]) : nil
    func count(_ symbol: String) throws(StrategyError) -> Int {
      guard let argument, let value = Int(argument), value >= 1, !argument.hasPrefix("+") else {
        throw .wrongArgument(found: text, allowed: "\(name):\(symbol) with \(symbol) a whole number of at least 1")
      }
      return value
    }
    func plain(_ strategy: Strategy) throws(StrategyError) -> Strategy {
      if argument != nil { throw .wrongArgument(found: text, allowed: "\(name) without a number") }
      return strategy
    }
    switch name {
    case "none": self = try plain(.none)
    case "sqrt": self = try plain(.sqrt)
    case "recursive": self = try plain(.recursive)
    case "optimal": self = try plain(.optimal)
    case "segments": self = .segments(try count("K"))
    case "every": self = .every(try count("K"))
    case "revolve": self = .revolve(try count("S"))
    case "mixed": self = .mixed(try count("S"))
    case "greedy":
      guard let argument, let size = ByteSize(parsing: argument), size != .bytes(0) else {
        throw .wrongArgument(
          found: text, allowed: "greedy:SIZE with SIZE a positive byte count such as 4096, 64MiB or 1GB, N% or min")
      }
      self = .greedy(size)
    case "file":
      guard let argument, !argument.isEmpty else {
        throw .wrongArgument(found: text, allowed: "file:PATH with the path of a schedule in JSON")
      }
      self = .file(argument)
    default:
      throw .unknown(found: text, suggestion: nearestSpelling(to: name, among: Strategy.spellings))
    }
  }
}

extension Strategy: CustomStringConvertible {
  package var description: String {
    switch self {
    case .none: "none"
    case .sqrt: "sqrt"
    case .segments(let count): "segments:\(count)"
    case .every(let count): "every:\(count)"
    case .recursive: "recursive"
    case .revolve(let slots): "revolve:\(slots)"
    case .mixed(let units): "mixed:\(units)"
    case .greedy(let size): "greedy:\(size)"
    case .optimal: "optimal"
    case .file(let path): "file:\(path)"
    }
  }
}
