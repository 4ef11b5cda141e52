package import ComputationGraph

/// A small network, differentiated, with every number: what `bptrain explain` shows.
package struct GraphExplanation: Hashable, Sendable {
  /// A value of the graph, with its numbers.
  package struct ExplainedValue: Hashable, Sendable {
    package var value: ValueID
    package var name: String
    /// What it is computed from, or what it is: `x Wᵀ + b`, `layers.0.weight`, `input`.
    package var formula: String
    /// The operator's name; nil of an input, target, parameter or running state.
    package var operation: String?
    package var shape: Shape
    package var elements: [Double]
    /// Of a cotangent or gradient: the derivative that it multiplies by, as `dh/du = h (1 - h)`.
    package var localDerivative: String?
    /// The numbers of that derivative, of the value's shape; nil where they are another value's or not element-wise.
    package var localElements: [Double]?
    /// The values it is computed from.
    package var inputs: [ValueID]
  }

  /// A cotangent that several nodes read.
  package struct SharedValue: Hashable, Sendable {
    package var name: String
    /// What is computed from it.
    package var readers: [String]
    /// The parameters whose gradients it is part of, by their short names.
    package var parameters: [String]
  }

  package var rowCount: Int
  package var sources: [ExplainedValue]
  package var forward: [ExplainedValue]
  package var backward: [ExplainedValue]
  package var shared: [SharedValue]
  package var fates: [ValueFate]
  /// The schedule's strategy and counts, to go with `fates`.
  package var strategy: String
  package var stageCount: Int
  package var forwardExecutions: Int
  package var costs: [DifferentiationCost]

  /// Forward values that backward nodes read: what must be kept or computed again.
  package var residuals: Set<ValueID> {
    let forwardValues = Set((sources + forward).map(\.value))
    return Set(backward.flatMap(\.inputs).filter(forwardValues.contains))
  }
}

/// What becomes of one value of the forward pass under a schedule, and why.
package struct ValueFate: Hashable, Sendable {
  package enum Fate: Hashable, Sendable {
    /// Held outside the arena: the batch.
    case external
    /// Lives from its computation to the last reverse step that reads it.
    case stored
    /// Computed so many times beyond the first.
    case recomputed(Int)
    /// Gone before the reverse pass, which does not read it.
    case dropped
  }

  package var name: String
  package var byteCount: Int
  package var stage: Int
  package var fate: Fate
  /// A sentence without a full stop.
  package var reason: String
}

/// What a way to compute all gradients takes.
package struct DifferentiationCost: Hashable, Sendable {
  package enum Method: String, Hashable, Sendable, CaseIterable {
    /// One reverse pass, which shares every cotangent.
    case reversePass
    /// For each parameter a forward pass and its own chain of derivatives back from the loss.
    case separateChains
    /// Two evaluations of the loss for each number among the parameters.
    case differenceQuotients
  }

  package var method: Method
  package var forwardNodeExecutions: Int
  package var backwardNodeExecutions: Int
  /// Median over repetitions, measured.
  package var seconds: Double
}
