import Glibc

/// Reads a file of `/proc` or `/sys` as text; nil where it does not exist or may not be read, as these come and go with
/// the kernel's configuration.
func systemText(atPath path: String) -> String? {
  guard let bytes = try? readFile(atPath: path) else { return nil }
  return String(decoding: bytes, as: UTF8.self)
}

/// The integer that `text` holds between spaces; nil for anything else.
func integer(in text: some StringProtocol) -> Int? {
  let trimmed = text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
  return Int(trimmed)
}

/// `text` without the white space around it.
func trimmed(_ text: Substring) -> Substring {
  var text = text.drop(while: \.isWhitespace)
  while text.last?.isWhitespace == true { text.removeLast() }
  return text
}

/// The bytes on the line `name: <count> kB` of a file such as `/proc/meminfo` or `/proc/self/status`; nil where there
/// is no such line or its count is no size.
func kibibyteField(_ name: String, in text: String) -> Int? {
  for line in text.utf8.split(separator: UInt8(ascii: "\n")) where line.starts(with: name.utf8) {
    let rest = line.dropFirst(name.utf8.count)
    guard rest.first == UInt8(ascii: ":") else { continue }
    let words = rest.dropFirst().split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard words.count == 2, words[1].elementsEqual("kB".utf8), let count = Int(Substring(words[0])), count >= 0 else {
      return nil
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
    return overflow ? nil : bytes
  }
  return nil
}
