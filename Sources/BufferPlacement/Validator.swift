/// Checks a placement of `buffers` against the definition, pair by pair: as many offsets as buffers, every offset 0 or
/// more and aligned, every buffer's aligned end at or below the height, no two buffers with common moments and common
/// bytes. It shares no code with the placer.
///
/// - Throws: the first violation in the order of the list.
/// - Complexity: quadratic in the number of buffers.
package func validate(_ placement: Placement, of buffers: [PlacementBuffer]) throws(PlacementViolation) {
  guard placement.offsets.count == buffers.count else {
    throw .countMismatch(offsets: placement.offsets.count, buffers: buffers.count)
  }
  var ends: [Int] = []
  for (index, buffer) in buffers.enumerated() {
    let offset = placement.offsets[index]
    guard offset >= 0 else { throw .negativeOffset(buffer: index, offset: offset) }
    guard offset % buffer.alignment == 0 else {
      throw .misaligned(buffer: index, offset: offset, alignment: buffer.alignment)
    }
    var units = buffer.byteCount / buffer.alignment
    if buffer.byteCount % buffer.alignment != 0 { units += 1 }
    let (bytes, productOverflows) = units.multipliedReportingOverflow(by: buffer.alignment)
    let (end, sumOverflows) = offset.addingReportingOverflow(bytes)
    guard !productOverflows, !sumOverflows, end <= placement.height else {
      throw .aboveHeight(
        buffer: index, end: productOverflows || sumOverflows ? nil : end, height: placement.height)
    }
    ends.append(end)
    for other in 0..<index where buffers[other].byteCount > 0 && buffer.byteCount > 0 {
      let shareMoments = buffer.lower < buffers[other].upper && buffers[other].lower < buffer.upper
      let shareBytes = offset < ends[other] && placement.offsets[other] < end
      if shareMoments && shareBytes { throw .overlap(buffer: other, other: index) }
    }
  }
}
