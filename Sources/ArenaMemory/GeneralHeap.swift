import CJemalloc

/// The heap that Swift's own objects and the C libraries' live in.
package enum GeneralHeap {
  /// Ends the process in good order where the system refuses the heap memory, which Swift answers with a trap
  /// otherwise. Blocks of arenas of their own are refused by an error as before.
  ///
  /// - Parameters:
  ///   - message: told on standard error then.
  ///   - document: told on standard output.
  /// - Throws: `allocator`.
  package static func exitWhenRefused(
    message: String, document: String, exitCode: Int32
  ) throws(ArenaMemoryError) {
    let failure = unsafe cjemalloc_exit_when_refused(message, document, exitCode)
    guard failure == 0 else { throw .allocator(control: "arena.0.extent_hooks", errorNumber: failure) }
  }

  /// Has freed memory stay with the heap, so that what is taken and given back over and over, as oneDNN's older kernels
  /// do at each call, touches no new pages. It would return to the system after a second otherwise.
  ///
  /// - Parameter byteCount: what is taken at most; brought into memory now.
  /// - Throws: `allocator`; where the system refuses the memory the process ends as
  ///   ``exitWhenRefused(message:document:exitCode:)`` has it.
  package static func keepFreedMemory(byteCount: Int) throws(ArenaMemoryError) {
    try JemallocControl.write(decayControl, Int(-1))
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 4096)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 1, count: byteCount)
    unsafe memory.deallocate()
  }

  /// The same while something runs that is timed.
  package static func keepingFreedMemory(_ body: () throws -> Void) throws {
    var decay = 0
    try JemallocControl.read(decayControl, into: &decay)
    try JemallocControl.write(decayControl, Int(-1))
    let result = Result { try body() }
    try JemallocControl.write(decayControl, decay)
    try result.get()
  }

  /// Has freed memory go back to the system at once. What the process has in memory at most is then what it uses, in
  /// every run the same, and not a matter of when the heap gives back what; planning takes a tenth longer.
  package static func returnFreedMemory() throws(ArenaMemoryError) { try JemallocControl.write(decayControl, 0) }

  /// Milliseconds until freed memory returns to the system, -1 for never.
  private static let decayControl: StaticString = "arena.0.dirty_decay_ms"
}
