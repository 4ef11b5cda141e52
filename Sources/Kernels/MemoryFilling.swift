internal import Glibc
package import SystemCalls

/// Copies into planned memory: batches, zeros and poison. On the team where there is much to move.
package struct MemoryFilling: Sendable {
  private let team: ThreadTeam

  package init(team: ThreadTeam) {
    self.team = team
  }

  /// Copies rows of a table, row-major with `columns` columns, one after the other to `address`.
  ///
  /// - Parameter rows: which rows, in the order they are wanted; every one must exist. At `address` there is room for
  ///   `rows.count` of them.
  /// - Parameter sharing: whether every thread copies a part however small, as a product's output is written.
  package func gatherRows<Element: BinaryFloatingPoint>(
    of table: [Element], columns: Int, rows: ArraySlice<Int>, to address: MemoryAddress, sharing: Bool = false
  ) {
    unsafe table.withUnsafeBytes { table in
      unsafe gatherRows(
        of: table, rowByteCount: columns * MemoryLayout<Element>.stride, rows: rows, to: address, sharing: sharing)
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
