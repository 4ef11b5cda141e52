/// The planned front of the choices that were asked last: fronts keep the tables of a search, of which there is to be
/// one at a time.
package final class PlannedFrontMemory {
  private var known: (owner: AnyObject, isNearLeast: Bool, front: PlannedFront?)?

  package init() {}

  func front(
    of owner: AnyObject, isNearLeast: Bool, _ make: () throws -> PlannedFront?
  ) rethrows -> PlannedFront? {
    if let known, known.owner === owner, known.isNearLeast == isNearLeast { return known.front }
    known = nil
    let made = try make()
    known = (owner, isNearLeast, made)
    return made
  }
}
