import Glibc

/// The seeds of a randomized test: the first few, or what the environment's `BPTRAIN_SOAK` says, `200` for the first
/// two hundred or `101-200` for the second of these.
package func soakSeeds(few count: UInt64) -> Range<UInt64> {
  guard let text = unsafe getenv("BPTRAIN_SOAK").map({ unsafe String(cString: $0) }) else { return 1..<count + 1 }
  let bounds = text.split(separator: "-").compactMap { UInt64($0) }
  switch bounds.count {
  case 1: return 1..<bounds[0] + 1
  case 2 where bounds[0] <= bounds[1]: return bounds[0]..<bounds[1] + 1
  default: fatalError("BPTRAIN_SOAK is \(text), allowed: a number of seeds, or their first and last with - between")
  }
}
