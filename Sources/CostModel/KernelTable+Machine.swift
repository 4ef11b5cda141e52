package import Kernels
package import SystemCalls

extension KernelTable {
  /// The table for this machine: the shipped one, with what `bptrain doctor --tune` has found here.
  ///
  /// - Parameter problem: hears why what was found here cannot be used; the shipped table alone is used then.
  package static func ofThisMachine(
    library: String = OneDNNKernels.libraryName, problem: (String) -> Void = { _ in }
  ) throws(SystemCallError) -> KernelTable {
    guard let cache = try KernelTableCache(ofThisMachineWith: library) else { return .shipped }
    do throws(KernelTableCache.Mistake) {
      return .shipped.tuned(try cache.read())
    } catch {
      problem("\(error); products are computed by the table that ships with the program")
      return .shipped
    }
  }
}

extension KernelTableCache {
  /// Nil where the environment names no folder for caches.
  package init?(ofThisMachineWith library: String = OneDNNKernels.libraryName) throws(SystemCallError) {
    guard let folder = CostCache.defaultFolder() else { return nil }
    self.init(
      folder: folder, processor: try Hardware.current().processor, library: library,
      instructionSet: OneDNN.instructionSetName)
  }
}
