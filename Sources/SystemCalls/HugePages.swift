/// What the kernel does about huge pages for memory like this program's.
package struct HugePages: Hashable, Sendable {
  package enum Mode: String, Hashable, Sendable, CaseIterable {
    /// Wherever they fit.
    case always
    /// Where a program asks for them.
    case madvise
    case never
  }

  package let mode: Mode
  /// Bytes of one, for example 2 MiB; nil where the kernel does not say.
  package let byteCount: Int?

  package init(mode: Mode, byteCount: Int?) {
    self.mode = mode
    self.byteCount = byteCount
  }

  /// Nil where the kernel has none.
  package static func current() -> HugePages? {
    let folder = "/sys/kernel/mm/transparent_hugepage"
    guard let mode = systemText(atPath: folder + "/enabled").flatMap(mode(in:)) else { return nil }
    return HugePages(mode: mode, byteCount: systemText(atPath: folder + "/hpage_pmd_size").flatMap { integer(in: $0) })
  }

  /// The mode in brackets of a line such as `always [madvise] never`.
  package static func mode(in text: String) -> Mode? {
    text.split(whereSeparator: \.isWhitespace)
      .first { $0.hasPrefix("[") && $0.hasSuffix("]") }
      .flatMap { Mode(rawValue: String($0.dropFirst().dropLast())) }
  }
}
