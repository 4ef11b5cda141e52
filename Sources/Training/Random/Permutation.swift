/// 0 ..< count in random order: every order equally likely as far as the stream's words are.
///
/// Fisher & Yates 1938, in Durstenfeld's form (CACM 7, 1964): step i swaps place i with a place at or below it.
package func randomPermutation(count: Int, stream: RandomStream) -> [UInt32] {
  var order = Array(0..<UInt32(count))
  order.permute(by: stream)
  return order
}

extension [UInt32] {
  /// Brings the elements into random order where they stand, without an allocation.
  mutating func permute(by stream: RandomStream) {
    var place = count - 1
    while place > 0 {
      swapAt(place, stream.integer(at: UInt64(place), below: place + 1))
      place -= 1
    }
  }
}
