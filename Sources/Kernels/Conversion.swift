internal import COneDNN
internal import ComputationGraph
package import SystemCalls

/// float32 numbers to bfloat16 and back, on a thread team. Allocates nothing.
package enum Conversion {
  /// Rounds float32 numbers to the nearest bfloat16, ties to even. Subnormal numbers become zero, not-a-number stays.
  package static func round(_ source: MemoryAddress, to target: MemoryAddress, count: Int, team: ThreadTeam) {
    let narrow = ActivationPointer(target, .bfloat16)
    team.split(count, granularity: 32, elements: count) { part in
      unsafe bptrainNarrow(narrow + part.lowerBound, source.floats + part.lowerBound, part.count)
    }
  }

  /// The bits of one number rounded.
  package static func rounded(_ number: Float) -> UInt16 {
    let bits = number.bitPattern
    let upper = UInt16(truncatingIfNeeded: bits >> 16)
    if number.isNaN { return upper | 0x40 }
    if number.isSubnormal { return upper & 0x8000 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + UInt32(upper & 1)) >> 16)
  }

  /// bfloat16 numbers as float32, exactly.
  package static func widen(_ source: MemoryAddress, to target: MemoryAddress, count: Int, team: ThreadTeam) {
    let narrow = ActivationPointer(source, .bfloat16)
    team.split(count, granularity: 32, elements: count) { part in
      unsafe bptrainWiden(target.floats + part.lowerBound, narrow + part.lowerBound, part.count)
    }
  }
}
