/// The text of a file of measured costs.
///
/// ```
/// bptrain costs 1
/// AMD EPYC 9755; oneDNN 2.6.3, kernel table 8d0dff6922242700; AVX-512 BF16; 2 threads; program 0.1.0 …
/// 0.000564 linear+relu float32 512x512 512x512 1x512 e
/// 2.1e-08 instruction
/// end 2
/// ```
///
/// Read strictly: whatever bptrain does not write makes the whole file worthless, which is no loss, since everything in
/// it can be measured again.
package struct CostCacheText: Hashable, Sendable {
  /// What the costs hold for: the machine and the program.
  package var identity: String
  /// Seconds by key; every one finite and above 0.
  package var seconds: [String: Double]

  package init(identity: String, seconds: [String: Double]) {
    self.identity = identity
    self.seconds = seconds
  }

  package static let firstLine = "bptrain costs 1"
  package static let largestByteCount = 4 << 20
  package static let largestEntryCount = 20_000
  package static let longestLine = 1024
  package static let largestSeconds = 1e5

  /// The bytes of the file, entries in the order of their keys.
  package var bytes: [UInt8] {
    var text = "\(Self.firstLine)\n\(identity)\n"
    for (key, value) in seconds.sorted(by: { $0.key < $1.key }) { text += "\(value) \(key)\n" }
    return Array((text + "end \(seconds.count)\n").utf8)
  }

  /// What is wrong with a file, as the end of a sentence about it.
  package struct Mistake: Error, Hashable, Sendable {
    package let description: String
  }

  /// Reads a file.
  package init(reading bytes: [UInt8]) throws(Mistake) {
    guard bytes.count <= Self.largestByteCount else {
      throw Mistake(description: "has \(bytes.count) bytes, more than \(Self.largestByteCount)")
    }
    guard bytes.last == UInt8(ascii: "\n") else { throw Mistake(description: "is cut off") }
    let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count >= 3, lines.count <= Self.largestEntryCount + 3 else {
      throw Mistake(description: "has \(lines.count) lines")
    }
    for (index, line) in lines.enumerated() {
      guard line.count <= Self.longestLine, line.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        throw Mistake(description: "has a line \(index + 1) that is too long or no plain text")
      }
    }
    func text(_ index: Int) -> Substring { Substring(decoding: lines[index], as: UTF8.self) }
    guard text(0) == Self.firstLine else { throw Mistake(description: "does not begin with \"\(Self.firstLine)\"") }
    let entryCount = lines.count - 3
    guard text(lines.count - 1) == "end \(entryCount)" else {
      throw Mistake(description: "does not end with \"end \(entryCount)\"")
    }
    identity = String(text(1))
    seconds = [:]
    for index in 2..<lines.count - 1 {
      let line = text(index)
      guard let space = line.firstIndex(of: " "), let value = Double(line[..<space]), value > 0,
        value <= Self.largestSeconds
      else { throw Mistake(description: "has a line \(index + 1) that does not begin with seconds") }
      let key = String(line[line.index(after: space)...])
      guard !key.isEmpty, seconds.updateValue(value, forKey: key) == nil else {
        throw Mistake(description: "has a key on line \(index + 1) that is empty or stands there twice")
      }
    }
  }
}
