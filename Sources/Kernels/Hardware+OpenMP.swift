import COneDNN
package import SystemCalls

extension Hardware {
  /// The hardware of this process, whether or not OpenMP was told to bind threads (`OMP_PROC_BIND`, `OMP_PLACES`): the
  /// first one is bound to one place before the program begins.
  ///
  /// - Throws: as `current(processorsBeforeBinding:)`.
  package static func ofThisProcess() throws(SystemCallError) -> Hardware {
    try current(processorsBeforeBinding: Int(omp_get_num_procs()))
  }
}

/// Lets the calling thread run on all places of OpenMP, of which it is bound to one under `OMP_PROC_BIND`.
package func runOnAllPlaces() { bptrainRunOnAllPlaces() }
