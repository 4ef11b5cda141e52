package import ComputationGraph
package import ExecutionPlanning

/// Seconds of executions on one machine, by what they compute and where their operands come from.
///
/// ```
/// linear+relu float32 512x512 512x512 1x512   weights and output from memory   564 µs
///                                             weights from memory              541 µs
/// ```
///
/// What was not measured is priced by its operation count, calibrated by the measured works of the same operator, else
/// by those of all products or of all others. A table is a value: equal works give equal tables.
package struct CostTable: Hashable, Sendable {
  private struct Entry: Hashable {
    let coldOperands: OperandSet
    let seconds: Double
    let count: Int
  }

  /// What the loop over instructions takes for each, its kernel aside.
  package let secondsPerInstruction: Double
  private let rates: OperationRates
  private var entries: [CostSignature: [Entry]] = [:]
  private let calibration: Calibration

  /// - Parameters:
  ///   - works: those with seconds were measured; their counts weigh them where one signature has several.
  ///   - rates: what operation counts are reckoned with.
  package init(_ works: [PricedWork], secondsPerInstruction: Double, rates: OperationRates = .generated) {
    self.secondsPerInstruction = secondsPerInstruction
    self.rates = rates
    calibration = Calibration(works, rates: rates)
    for work in works {
      entries[work.key.signature, default: []].append(
        Entry(
          coldOperands: work.key.coldOperands,
          seconds: work.seconds ?? work.countedSeconds(rates) * calibration.factor(of: work.operation),
          count: work.count))
    }
  }

  /// Seconds of a work. Where only other operands of the same signature were measured as cold, those of the nearest
  /// such set hold.
  package func seconds(of work: PricedWork) -> Double {
    guard let known = entries[work.key.signature] else {
      return work.countedSeconds(rates) * calibration.factor(of: work.operation)
    }
    func distance(_ entry: Entry) -> (Int, UInt16) {
      let difference = entry.coldOperands.symmetricDifference(work.key.coldOperands)
      return (difference.rawValue.nonzeroBitCount, entry.coldOperands.rawValue)
    }
    return known.min { distance($0) < distance($1) }?.seconds ?? 0
  }

  /// Seconds of a node's execution, the mean over the executions of its signature in the plan that the table is made
  /// for: what schedulers reckon with.
  package func typicalSeconds(of node: Node, in graph: Graph) -> Double {
    // A gradient is either stored in every execution or added in every one.
    let known = [false, true].lazy.compactMap {
      entries[CostSignature(of: node, in: graph, addsToOutputs: $0)]
    }.first
    guard let known else { return rates.seconds(of: node, in: graph) * calibration.factor(of: node.operation) }
    let count = known.reduce(0) { $0 + $1.count }
    return known.reduce(0) { $0 + $1.seconds * Double($1.count) } / Double(max(count, 1))
  }

  /// What schedulers reckon with: ``typicalSeconds(of:in:)``, and what the loop takes for the instruction.
  package var nodeCosts: NodeCosts { NodeCosts { [self] in typicalSeconds(of: $0, in: $1) + secondsPerInstruction } }
}

/// How much longer works take than their operation counts say.
private struct Calibration: Hashable {
  private var byOperation: [Operator: Ratio] = [:]
  private var products = Ratio()
  private var others = Ratio()

  private struct Ratio: Hashable {
    var seconds = 0.0
    var counted = 0.0
  }

  init(_ works: [PricedWork], rates: OperationRates) {
    for work in works {
      guard let seconds = work.seconds else { continue }
      let counted = work.countedSeconds(rates)
      func add(to ratio: inout Ratio) {
        ratio.seconds += seconds * Double(work.count)
        ratio.counted += counted * Double(work.count)
      }
      add(to: &byOperation[work.operation.costForm, default: Ratio()])
      if work.operation.isProduct { add(to: &products) } else { add(to: &others) }
    }
  }

  func factor(of operation: Operator) -> Double {
    let ofKind = operation.isProduct ? [products, others] : [others, products]
    let known = [byOperation[operation.costForm] ?? Ratio()] + ofKind
    return known.first { $0.counted > 0 && $0.seconds > 0 }.map { $0.seconds / $0.counted } ?? 1
  }
}
