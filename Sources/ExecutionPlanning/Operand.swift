public import ComputationGraph

/// Where an instruction finds or leaves a value.
@frozen @usableFromInline package enum Operand: Hashable, Sendable {
  /// Buffer of the plan, in the arena.
  case buffer(Int)
  /// The batch's features and targets.
  case input
  case target
  case parameter(Int)
  case gradient(Int)
  case state(Int)
  /// The two scalars that a run leaves behind.
  case loss
  case correctCount

  var isGradient: Bool {
    if case .gradient = self { true } else { false }
  }
}

extension Operand: PackedOperand {
  // The kind stands in the lowest three bits, the number above them.

  @inlinable package init(packed: UInt32) {
    let number = Int(packed >> 3)
    self =
      switch packed & 7 {
      case 0: .buffer(number)
      case 1: .input
      case 2: .target
      case 3: .parameter(number)
      case 4: .gradient(number)
      case 5: .state(number)
      case 6: .loss
      default: .correctCount
      }
  }

  /// - Precondition: a number is below 2^29; a plan of as many buffers would fill any machine's memory.
  @inlinable package var packed: UInt32 {
    switch self {
    case .buffer(let number): Self.packed(0, number)
    case .input: 1
    case .target: 2
    case .parameter(let number): Self.packed(3, number)
    case .gradient(let number): Self.packed(4, number)
    case .state(let number): Self.packed(5, number)
    case .loss: 6
    case .correctCount: 7
    }
  }

  @usableFromInline static func packed(_ kind: UInt32, _ number: Int) -> UInt32 {
    precondition(number < 1 << 29, "a plan has fewer than 2^29 buffers")
    return UInt32(number) << 3 | kind
  }
}
