import CJemalloc

/// jemalloc's tree of named controls (`mallctl`). Nothing here allocates, so counters may be read between two readings
/// of a counter.
enum JemallocControl {
  /// Where in a control's dotted name its index stands.
  enum IndexPosition: Int32 {
    /// `arena.<i>.destroy`
    case second = 1
    /// `stats.arenas.<i>.mapped`
    case third = 2
  }

  /// Reads a control, `epoch` included: `name` holds 0 where the index goes.
  static func read<Value: BitwiseCopyable>(
    _ name: StaticString, index: UInt32 = 0, at position: IndexPosition? = nil, into value: inout Value
  ) throws(ArenaMemoryError) {
    var length = MemoryLayout<Value>.size
    let failure = unsafe withUnsafeMutableBytes(of: &value) { bytes in
      unsafe cjemalloc_control(
        cString(name), position?.rawValue ?? -1, Int(index), bytes.baseAddress, &length, nil, 0)
    }
    try check(failure, name)
  }

  /// Writes a control.
  static func write<Value: BitwiseCopyable>(
    _ name: StaticString, index: UInt32 = 0, at position: IndexPosition? = nil, _ value: Value
  ) throws(ArenaMemoryError) {
    var value = value
    let failure = unsafe withUnsafeMutableBytes(of: &value) { bytes in
      unsafe cjemalloc_control(
        cString(name), position?.rawValue ?? -1, Int(index), nil, nil, bytes.baseAddress, bytes.count)
    }
    try check(failure, name)
  }

  /// Runs a control that has no value.
  static func run(
    _ name: StaticString, index: UInt32 = 0, at position: IndexPosition? = nil
  ) throws(ArenaMemoryError) {
    try check(unsafe cjemalloc_control(cString(name), position?.rawValue ?? -1, Int(index), nil, nil, nil, 0), name)
  }

  /// The index that stands for all arenas (`MALLCTL_ARENAS_ALL`).
  static let everyArena = UInt32(cjemalloc_every_arena)

  /// Makes the statistics those of this moment; jemalloc hands out a snapshot otherwise.
  static func refreshStatistics() throws(ArenaMemoryError) {
    try write("epoch", UInt64(1))
  }

  private static func cString(_ name: StaticString) -> UnsafePointer<CChar> {
    unsafe UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  private static func check(_ failure: Int32, _ name: StaticString) throws(ArenaMemoryError) {
    guard failure == 0 else {
      throw .allocator(control: name.description, errorNumber: failure)
    }
  }
}
