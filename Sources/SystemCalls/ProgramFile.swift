import Glibc

/// Which build of the program this process runs: its file's size in bytes and time of the last change in seconds, for
/// example `23259736 1764000000`; nil where the system does not say.
package func programFileIdentity() -> String? {
  var status = stat()
  guard unsafe stat("/proc/self/exe", &status) == 0 else { return nil }
  return "\(status.st_size) \(status.st_mtim.tv_sec)"
}
