extension Chain {
  /// Seconds below which no schedule of the chain can be within so many bytes, whatever it keeps and discards.
  ///
  /// When the loss is taken no stage has been reversed. What a reverse step will read of a stage's results is then
  /// either live, and takes its bytes beside those of the loss, or must be computed again. Keeping what spares most
  /// seconds per byte, the last of it in part, is a bound (the relaxation of a knapsack problem). Without recomputation
  /// it is the seconds of every stage once in each direction.
  ///
  /// - Complexity: O(n log n).
  package func leastSeconds(withinBytes budget: Int) -> Double {
    var seconds = 0.0
    for stage in stages { seconds += stage.forwardSeconds + stage.backwardSeconds }
    // All that is read of a chain is no more.
    if budget >= Chain.maximumByteCount { return seconds }
    let items = stages.indices.flatMap { requirements(ofStage: $0) }
    var left = budget - lossPeak.held
    for item in items.sorted(by: { $0.seconds * Double($1.bytes) > $1.seconds * Double($0.bytes) }) {
      if item.bytes <= left {
        left -= item.bytes
      } else {
        let share = left > 0 ? Double(left) / Double(item.bytes) : 0
        seconds += item.seconds * (1 - share)
        left = 0
      }
    }
    return seconds
  }

  /// What the reverse pass reads of a stage's results: bytes if live when the loss is taken, and the seconds that this
  /// spares, in pieces of which each spares less per byte than the one before.
  ///
  /// An output that is not live takes an execution of the whole stage, which gives the values inside as well: to have
  /// kept these alone spares nothing then. Values inside that are not live take an execution that gives them alone, or
  /// the products that the reverse step executes again where some of them are.
  private func requirements(ofStage index: Int) -> [(bytes: Int, seconds: Double)] {
    let stage = stages[index]
    let form =
      stage.forms.filter { $0.productsExecutedAgain == 0 }.min { $0.byteCount < $1.byteCount } ?? stage.forms[0]
    let isOutputRead =
      !form.derivesOutput && (stage.readsOutput || (index + 1 < count && stages[index + 1].readsInput))
    let outputBytes = isOutputRead ? stage.keptOutputBytes : 0
    let inside = form.byteCount == 0 ? 0 : min(form.secondsWithoutOutput ?? stage.forwardSeconds, stage.forwardSeconds)
    let seconds = isOutputRead ? stage.forwardSeconds : inside
    var points: [(bytes: Int, spared: Double)] = [
      (0, 0), (outputBytes, seconds - inside), (outputBytes + form.byteCount, seconds),
    ]
    for partial in stage.forms where partial.productsExecutedAgain > 0 {
      let again = max(0, partial.extraBackwardSeconds - form.extraBackwardSeconds)
      points.append((outputBytes + partial.byteCount, seconds - min(inside, again)))
    }
    var hull: [(bytes: Int, spared: Double)] = []
    for point in points.sorted(by: { ($0.bytes, $0.spared) < ($1.bytes, $1.spared) }) {
      while hull.count > 1 {
        let (last, before) = (hull[hull.count - 1], hull[hull.count - 2])
        let rise = (last.spared - before.spared) * Double(point.bytes - before.bytes)
        guard rise <= (point.spared - before.spared) * Double(last.bytes - before.bytes) else { break }
        hull.removeLast()
      }
      hull.append(point)
    }
    return zip(hull, hull.dropFirst()).map { ($1.bytes - $0.bytes, $1.spared - $0.spared) }.filter { $0.1 > 0 }
  }
}
