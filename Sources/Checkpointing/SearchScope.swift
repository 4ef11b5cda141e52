/// How closely the fastest schedule within a budget is looked for, by what this takes in memory.
package enum SearchScope: Hashable, Sendable {
  /// A few schedules are weighed, in next to no memory.
  case few
  /// Of hundreds of unequal stages, nothing that takes more than some tens of megabytes.
  case compact
  /// Whatever finds faster ones.
  case full
}
