import Configuration
import Reporting

/// What the runs in a study's folder were made of, kept beside them: tells a study that goes on from one whose
/// configuration or data have changed since.
struct StudyOrigin: Hashable {
  private var version: String
  private var conditions: String
  /// By path, digests of data and schedules.
  private var files: [String: String]
  /// By what a user calls a point, its key.
  private var points: [String: String]

  init(of request: StudyRequest, version: String) {
    self.version = version
    conditions = "\(request.conditions.iterations) \(request.conditions.warmup)"
    files = request.files.digestOfPath
    points = [:]
    for entry in request.entries {
      points["\(entry.point.settingsLabel)\n\(entry.point.label)"] = entry.point.key
    }
  }

  /// Reads the file of a folder of runs; nil where it is none.
  init?(document: JSONValue) {
    func texts(_ name: String) -> [String: String]? {
      guard let members = document[name]?.members else { return nil }
      return Dictionary(members.map { ($0.name, $0.value.stringValue ?? "") }) { $1 }
    }
    guard document["formatVersion"] == 1, let version = document["version"]?.stringValue,
      let conditions = document["conditions"]?.stringValue, let files = texts("files"), let points = texts("points")
    else { return nil }
    self.version = version
    self.conditions = conditions
    self.files = files
    self.points = points
  }

  var document: JSONValue {
    func object(_ texts: [String: String]) -> JSONValue {
      .object(texts.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) })
    }
    return [
      "formatVersion": 1, "version": .string(version), "conditions": .string(conditions), "files": object(files),
      "points": object(points),
    ]
  }

  /// This study's points beside those of an earlier one, which it may go on from.
  func adding(to earlier: StudyOrigin?) -> StudyOrigin {
    var all = self
    all.points.merge(earlier?.points ?? [:]) { own, _ in own }
    all.files.merge(earlier?.files ?? [:]) { own, _ in own }
    return all
  }

  /// Why the runs of an earlier study are none of this one, though its points are called the same; nil where they are.
  func difference(from earlier: StudyOrigin) -> String? {
    guard points.contains(where: { label, key in earlier.points[label].map { $0 != key } ?? false }) else { return nil }
    let changed = files.filter { path, digest in earlier.files[path].map { $0 != digest } ?? false }.keys.sorted()
    if !changed.isEmpty {
      return "\(changed.joined(separator: " and ")) \(changed.count == 1 ? "has" : "have") changed"
    }
    if version != earlier.version { return "the program has changed from version \(earlier.version) to \(version)" }
    return conditions == earlier.conditions
      ? "the configuration has changed" : "the number of iterations or of those that warm up has changed"
  }
}
