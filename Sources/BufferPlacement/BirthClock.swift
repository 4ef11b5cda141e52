/// Counts the distinct births before an instruction: a table where they lie dense, else a sorted list.
struct BirthClock {
  private let first: Int
  private let last: Int
  /// `table[t - first]` is the number of distinct births before t; empty where `births` is used.
  private var table: [Int32] = []
  private var births: [Int] = []
  let momentCount: Int

  /// - Precondition: `births` is not empty.
  init(births unsorted: [Int]) {
    var first = Int.max
    var last = Int.min
    for birth in unsorted {
      first = min(first, birth)
      last = max(last, birth)
    }
    self.first = first
    self.last = last
    let (span, overflow) = last.subtractingReportingOverflow(first)
    if !overflow && span / 4 <= unsorted.count {
      table = [Int32](repeating: 0, count: span + 1)
      for birth in unsorted { table[birth - first] = 1 }
      var count: Int32 = 0
      for index in table.indices {
        let isBirth = table[index]
        table[index] = count
        count += isBirth
      }
      momentCount = Int(count)
    } else {
      for birth in unsorted.sorted() where births.last != birth { births.append(birth) }
      momentCount = births.count
    }
  }

  func birthsBefore(_ time: Int) -> Int {
    if time <= first { return 0 }
    if time > last { return momentCount }
    if !table.isEmpty { return Int(table[time - first]) }
    var low = 0
    var high = births.count
    while low < high {
      let middle = (low + high) / 2
      if births[middle] < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
