internal import COneDNN
internal import Glibc
package import SystemCalls

/// Copies into planned memory: batches, zeros and poison. On the team where there is much to move.
package struct MemoryFilling: Sendable {
  private let team: ThreadTeam

  package init(team: ThreadTeam) {
    self.team = team
  }

  /// Leaves bytes in memory alone, in no processor's cache.
  package static func dropFromCaches(_ address: MemoryAddress, byteCount: Int) {
    guard let start = unsafe UnsafeRawPointer(bitPattern: address.bitPattern) else { return }
    unsafe bptrainDropFromCaches(start, byteCount)
  }

  /// Copies rows of a table, row-major with `columns` columns, one after the other to `address`.
  ///
  /// - Parameter rows: which rows, in the order they are wanted; every one must exist. At `address` there is room for
  ///   `rows.count` of them.
  /// - Parameter sharing: whether every thread copies a part however small, as a product's output is written.
  package func gatherRows<Element: BitwiseCopyable>(
    of table: [Element], columns: Int, rows: ArraySlice<Int>, to address: MemoryAddress, sharing: Bool = false
  ) {
    unsafe table.withUnsafeBytes { table in
      unsafe gatherRows(
        of: table, rowByteCount: columns * MemoryLayout<Element>.stride, rows: rows, to: address, sharing: sharing)
    }
  }

  /// Rounds rows of a float32 table to bfloat16, one after the other, at `address`.
  ///
  /// - Precondition: `Element` is `Float`.
  package func gatherRoundedRows<Element: BitwiseCopyable>(
    of table: [Element], columns: Int, rows: ArraySlice<Int>, to address: MemoryAddress
  ) {
    precondition(Element.self == Float.self, "bfloat16 is rounded from float32")
    unsafe table.withUnsafeBytes { table in
      guard let start = table.baseAddress else { return }
      gatherRoundedRows(
        at: MemoryAddress(bitPattern: UInt(bitPattern: start)), rowCount: table.count / (4 * max(1, columns)),
        columns: columns, rows: rows, to: address)
    }
  }

  /// The same of a table of `rowCount` rows at an address.
  package func gatherRoundedRows(
    at table: MemoryAddress, rowCount: Int, columns: Int, rows: ArraySlice<Int>, to address: MemoryAddress
  ) {
    guard columns > 0 else { return }
    precondition(rows.allSatisfy { $0 >= 0 && $0 < rowCount }, "a row lies beyond the table")
    team.split(rows.count, elements: rows.count * columns) { part in
      for position in part {
        Conversion.round(
          table.advanced(by: rows[rows.startIndex + position] * columns * 4),
          to: address.advanced(by: position * columns * 2), count: columns, team: .single)
      }
    }
  }

  /// Copies rows of a table of `rowCount` rows at an address.
  package func gatherRows(
    at table: MemoryAddress, rowCount: Int, rowByteCount: Int, rows: ArraySlice<Int>, to address: MemoryAddress
  ) {
    let start = unsafe UnsafeRawPointer(bitPattern: table.bitPattern)
    unsafe gatherRows(
      of: UnsafeRawBufferPointer(start: start, count: rowCount * rowByteCount), rowByteCount: rowByteCount, rows: rows,
      to: address)
  }

  private func gatherRows(
    of table: UnsafeRawBufferPointer, rowByteCount: Int, rows: ArraySlice<Int>, to address: MemoryAddress,
    sharing: Bool = false
  ) {
    guard rowByteCount > 0, let source = table.baseAddress else { return }
    let tableRows = table.count / rowByteCount
    precondition(rows.allSatisfy { $0 >= 0 && $0 < tableRows }, "a row lies beyond the table")
    let target = unsafe UnsafeMutableRawPointer(bitPattern: address.bitPattern)!
    team.split(rows.count, elements: sharing ? Int.max : rows.count * rowByteCount / 4) { part in
      for position in part {
        let row = rows[rows.startIndex + position]
        unsafe memcpy(target + position * rowByteCount, source + row * rowByteCount, rowByteCount)
      }
    }
  }

  /// Makes bytes zero: the number 0 in every element type.
  package func zeroBytes(at address: MemoryAddress, count: Int) {
    fill(at: address, count: count, with: 0)
  }

  /// Makes bytes all ones: not-a-number in every element type, so that a value read after its end spoils the loss.
  package func poison(at address: MemoryAddress, count: Int) {
    fill(at: address, count: count, with: 0xFF)
  }

  private func fill(at address: MemoryAddress, count: Int, with byte: Int32) {
    guard count > 0 else { return }
    let target = unsafe UnsafeMutableRawPointer(bitPattern: address.bitPattern)!
    team.split(count, granularity: 4096, elements: count / 4) { part in
      unsafe memset(target + part.lowerBound, byte, part.count)
    }
  }
}
