import Glibc
import SystemCalls

/// Limits the address space of this process.
func setAddressSpaceLimit(_ byteCount: Int) throws {
  var limit = rlimit(rlim_cur: rlim_t(byteCount), rlim_max: rlim_t(byteCount))
  guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
    throw SystemCallError(call: "setrlimit", errorNumber: errno)
  }
}
