import Checkpointing

/// The most that the search for a schedule takes for itself, with a margin.
///
/// Measured: 6 MiB for 24 GELU layers of which no two are equal, 44 MiB for 40, 11 MiB for 80, 146 MiB for 256, 35 MiB
/// for 512. Of a few kinds of stages, batch norms, dropout and residual blocks among them, up to 17 MiB for 34, 10 MiB
/// for 133, 21 MiB for 203.
struct SearchByteCounts {
  private let compact: Int
  private let full: Int

  init(of chain: Chain) {
    guard !chain.isNearlyUniform || chain.count <= 512 else {
      compact = (2 << 20) + 1024 * chain.count
      full = compact
      return
    }
    let distinct = Set(chain.stages).count
    func byteCount(_ scope: SearchScope) -> Int {
      let ofFronts =
        switch chain.count {
        case ...64 where distinct <= 8: 24 << 20
        case _ where distinct <= 8: (128 << 10) * chain.count
        case ...80: min(chain.count, 40) * (5 << 18)
        default: chain.fewBytesTableByteCount(scope)
        }
      return (distinct > 8 ? 12 << 20 : 2 << 20) + 80 * min(distinct * distinct, 1 << 20)
        + max(ofFronts, min(64 << 20, (64 << 10) * chain.count))
    }
    compact = byteCount(.compact)
    full = byteCount(.full)
  }

  /// The widest scope for which so many bytes are enough.
  func scope(within byteCount: Int) -> SearchScope {
    full <= byteCount ? .full : compact <= byteCount ? .compact : .few
  }
}
