/// The processor's largest cache.
package enum ProcessorCache {
  /// Bytes of the last level's data cache, as `/sys` says; nil where it does not.
  package static func lastLevelByteCount() -> Int? {
    let folder = "/sys/devices/system/cpu/cpu0/cache"
    var last: (level: Int, bytes: Int)?
    for index in 0..<8 {
      guard let level = systemText(atPath: "\(folder)/index\(index)/level").flatMap({ integer(in: $0) }),
        let kind = systemText(atPath: "\(folder)/index\(index)/type"), !kind.hasPrefix("Instruction"),
        let bytes = systemText(atPath: "\(folder)/index\(index)/size").flatMap(byteCount)
      else { continue }
      if level > last?.level ?? 0 { last = (level, bytes) }
    }
    return last?.bytes
  }

  /// The bytes of a text such as `32768K` or `8M`; nil for anything else.
  static func byteCount(_ text: String) -> Int? {
    let word = text.prefix { !$0.isWhitespace }
    guard let unit = word.last, let factor = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30][unit],
      let count = Int(word.dropLast()), count > 0
    else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? nil : bytes
  }
}
