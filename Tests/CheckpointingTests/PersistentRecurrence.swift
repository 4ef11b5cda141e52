import Checkpointing

/// The recurrence of Beaumont, Eyraud-Dubois, Herrmann, Joly and Shilova (INRIA RR-9302), as it stands, for stages kept
/// in their first form: OPT(m, i, k) of stages i...k, the last one the loss.
struct PersistentRecurrence {
  private let chain: Chain
  private let cache: Cache

  private final class Cache {
    var seconds: [State: Double] = [:]
  }

  private struct State: Hashable {
    let m: Int
    let i: Int
    let k: Int
  }

  init(_ chain: Chain) {
    self.chain = chain
    cache = Cache()
  }

  func seconds(bytes: Int) -> Double { optimum(bytes, 0, chain.count) }

  /// Bytes of x_i; the network's input lies outside, and what follows the loss has none.
  private func x(_ i: Int) -> Int { i <= chain.count ? chain.boundaryBytes(i) : 0 }
  /// Bytes that the reverse step of stage i reads, its output included.
  private func y(_ i: Int) -> Int { i == chain.count ? 0 : chain.stages[i].forms[0].byteCount + x(i + 1) }
  private func f(_ i: Int) -> Double { i == chain.count ? 0 : chain.stages[i].forwardSeconds }
  private func b(_ i: Int) -> Double { i == chain.count ? 0 : chain.stages[i].backwardSeconds }
  private func p(_ i: Int) -> Int { i == chain.count ? 0 : chain.stages[i].forwardWorkspaceBytes }
  /// The cotangent of x_i shares no bytes with what is freed.
  private func q(_ i: Int) -> Int { x(i) + (i == chain.count ? 0 : chain.stages[i].backwardWorkspaceBytes) }

  private func optimum(_ m: Int, _ i: Int, _ k: Int) -> Double {
    if m < 0 { return .infinity }
    let state = State(m: m, i: i, k: k)
    if let known = cache.seconds[state] { return known }
    let result = compute(m, i, k)
    cache.seconds[state] = result
    return result
  }

  private func compute(_ m: Int, _ i: Int, _ k: Int) -> Double {
    let single = m >= x(i + 1) + y(i) + max(p(i), q(i)) ? f(i) + b(i) : .infinity
    if i == k { return single }
    guard m >= x(k + 1) + x(i + 1) + p(i) else { return .infinity }
    for j in (i + 1)..<k where m < x(k + 1) + x(j) + x(j + 1) + p(j) { return .infinity }
    var best = Double.infinity
    if m >= y(i) { best = single + optimum(m - y(i), i + 1, k) }
    var sweep = 0.0
    for j in (i + 1)...k {
      sweep += f(j - 1)
      if m >= x(j) { best = min(best, sweep + optimum(m - x(j), j, k) + optimum(m, i, j - 1)) }
    }
    return best
  }
}
