import Glibc

/// Whether a descriptor, such as 2 for standard error, is a terminal.
package func isTerminal(_ descriptor: Int32) -> Bool {
  isatty(descriptor) == 1
}

/// The columns to write in: the environment's `COLUMNS` where it is a positive number, else those of the terminal; nil
/// where neither says.
package func terminalWidth(_ descriptor: Int32) -> Int? {
  if let columns = environmentVariable("COLUMNS").flatMap({ Int($0) }), columns > 0 { return columns }
  var size = winsize()
  guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
  return Int(size.ws_col)
}

/// The value of an environment variable; nil where it is not set.
package func environmentVariable(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  return unsafe String(cString: value)
}

/// Opens `/dev/null` for reading in place of each standard stream that is closed, so that no file opened later takes
/// its number and is written to in its stead: writing to the stream fails as before.
///
/// - Throws: `SystemCallError` of `open`.
package func occupyStandardDescriptors() throws(SystemCallError) {
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
    // The lowest free number is given, which is this one.
    guard unsafe open("/dev/null", O_RDONLY) >= 0 else {
      throw SystemCallError(call: "open", errorNumber: errno, subject: "/dev/null")
    }
  }
}

/// Writes results: `text` to standard output.
///
/// - Throws: `SystemCallError` of `write`.
package func writeToStandardOutput(_ text: String) throws(SystemCallError) {
  try writeAll(Array(text.utf8), to: STDOUT_FILENO, subject: "standard output")
}

/// Writes progress and messages: `text` to standard error.
///
/// - Throws: `SystemCallError` of `write`.
package func writeToStandardError(_ text: String) throws(SystemCallError) {
  try writeAll(Array(text.utf8), to: STDERR_FILENO, subject: "standard error")
}
