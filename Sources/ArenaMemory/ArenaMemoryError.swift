package import SystemCalls

/// Memory that could not be had, or was used beyond its bounds.
package enum ArenaMemoryError: Error, Hashable, Sendable {
  /// A byte count that is negative or above `MemoryBlock.maximumByteCount`.
  case unreasonableSize(byteCount: Int)
  /// An alignment that is no power of two between 1 and `MemoryBlock.maximumAlignment`.
  case unsupportedAlignment(Int)
  /// The system has no such range of addresses to give.
  case refused(byteCount: Int)
  /// The system would give the addresses but has too little memory behind them.
  case insufficientMemory(byteCount: Int, availableByteCount: Int)
  /// An access that leaves its block.
  case outOfBounds(offset: Int, byteCount: Int, blockByteCount: Int)
  /// A buffer that ends past the arena: the plan and the arena do not belong together.
  case pastCapacity(endOffset: Int, capacity: Int)
  /// A control of jemalloc that failed, with its errno.
  case allocator(control: String, errorNumber: Int32)
  /// A call into the system that failed.
  case system(SystemCallError)
}

extension ArenaMemoryError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unreasonableSize(let byteCount):
      "a block of \(byteCount) bytes was asked for; a block has 0 to \(MemoryBlock.maximumByteCount) bytes"
    case .unsupportedAlignment(let alignment):
      "an alignment of \(alignment) bytes was asked for; it must be a power of two, at most "
        + "\(MemoryBlock.maximumAlignment)"
    case .refused(let byteCount):
      "the system refused \(byteCount) bytes of memory"
    case .insufficientMemory(let byteCount, let availableByteCount):
      "\(byteCount) bytes of memory are needed and \(availableByteCount) are available"
    case .outOfBounds(let offset, let byteCount, let blockByteCount):
      "\(byteCount) bytes at offset \(offset) are not inside a block of \(blockByteCount) bytes"
    case .pastCapacity(let endOffset, let capacity):
      "a buffer ends at offset \(endOffset) of an arena of \(capacity) bytes"
    case .allocator(let control, let errorNumber):
      "jemalloc's \(control): \(SystemCallError(call: control, errorNumber: errorNumber).reason)"
    case .system(let error):
      error.description
    }
  }
}
