/// The memory that control groups allow this process: the strictest of its own group and of those above it.
package struct ControlGroupMemory: Hashable, Sendable {
  /// The folder of the group with the least limit.
  package let folder: String
  /// The least limit: bytes that the processes of that group may have together.
  package let limitBytes: Int
  /// Bytes that are still to be had in every group, file pages that the kernel can drop counted as free.
  package let availableBytes: Int

  package init(folder: String, limitBytes: Int, availableBytes: Int) {
    self.folder = folder
    self.limitBytes = limitBytes
    self.availableBytes = availableBytes
  }

  /// What the groups allow; nil where none of them has a limit.
  ///
  /// - Parameter text: a file's text by its path, nil where there is no such file.
  package init?(groups: [ControlGroup], readingFiles text: (String) -> String?) {
    var strictest: (folder: String, limitBytes: Int)?
    var available = Int.max
    for group in groups {
      let isUnified = group.version == 2
      for folder in group.folders {
        // Above `memory.high` processes are slowed down until they have given memory back.
        let names = isUnified ? ["/memory.max", "/memory.high"] : ["/memory.limit_in_bytes"]
        guard let limit = names.compactMap({ text(folder + $0).flatMap(Self.limit) }).min() else { continue }
        let usage = text(folder + (isUnified ? "/memory.current" : "/memory.usage_in_bytes")).flatMap(integer) ?? 0
        let files = text(folder + "/memory.stat").map { Self.filePages($0, isUnified: isUnified) } ?? 0
        available = min(available, max(limit - max(usage - files, 0), 0))
        if limit < strictest?.limitBytes ?? .max { strictest = (folder, limit) }
      }
    }
    guard let strictest else { return nil }
    self.init(folder: strictest.folder, limitBytes: strictest.limitBytes, availableBytes: available)
  }

  /// Version 2 writes `max` for no limit, version 1 the largest number of whole pages.
  private static func limit(_ text: String) -> Int? {
    guard let limit = integer(in: text), limit >= 0, limit < Int.max - (1 << 20) else { return nil }
    return limit
  }

  private static func filePages(_ text: String, isUnified: Bool) -> Int {
    let names = isUnified ? ["inactive_file", "active_file"] : ["total_inactive_file", "total_active_file"]
    var total = 0
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, names.contains(where: { $0 == words[0] }), let bytes = Int(words[1]) else { continue }
      total = total.addingReportingOverflow(max(bytes, 0)).overflow ? .max : total + max(bytes, 0)
    }
    return total
  }
}
