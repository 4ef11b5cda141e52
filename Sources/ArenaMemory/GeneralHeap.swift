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
}
