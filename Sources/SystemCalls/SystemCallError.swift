import Glibc

/// A call into the operating system that failed: which call, on what, and the system's `errno`.
package struct SystemCallError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The C function's name, for example `open`.
  package let call: String
  /// `errno` as the call left it.
  package let errorNumber: Int32
  /// The file or object the call was about, where there is one.
  package let subject: String?

  package init(call: String, errorNumber: Int32, subject: String? = nil) {
    self.call = call
    self.errorNumber = errorNumber
    self.subject = subject
  }

  /// The system's sentence for `errorNumber`, for example `No such file or directory`.
  package var reason: String {
    unsafe String(cString: strerror(errorNumber))
  }

  package var description: String {
    if let subject { "\(subject): \(reason)" } else { "\(call): \(reason)" }
  }
}
