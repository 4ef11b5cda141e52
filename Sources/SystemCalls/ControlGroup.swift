/// A control group (cgroup, version 1 or 2) that this process is in, and where its files are.
///
/// A limit of any group above holds too, up to the topmost one that can be seen: `folders` lists them all.
package struct ControlGroup: Hashable, Sendable {
  /// The hierarchy's version, 1 or 2.
  package let version: Int
  /// The folders of the group itself and of every group above it.
  package let folders: [String]

  package init(version: Int, folders: [String]) {
    self.version = version
    self.folders = folders
  }

  /// The groups that govern one resource.
  ///
  /// - Parameters:
  ///   - controller: version 1's name of the resource, for example `memory`. Every version 2 hierarchy is listed, as
  ///     its controllers show by the files that exist.
  ///   - membershipText: the text of `/proc/self/cgroup`.
  ///   - mountText: the text of `/proc/self/mountinfo`.
  package static func groups(of controller: String, membershipText: String, mountText: String) -> [ControlGroup] {
    let mounts = mountText.split(separator: "\n").compactMap(Mount.init)
    return membershipText.split(separator: "\n").compactMap { line in
      // `4:memory:/a/b` in version 1, `0::/a/b` in version 2; the path itself may hold colons.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      let isUnified = fields[0] == "0" && fields[1].isEmpty
      let controllers = fields[1].split(separator: ",")
      guard isUnified || controllers.contains(where: { $0 == controller }) else { return nil }
      let mount = mounts.first { mount in
        isUnified
          ? mount.fileSystem == "cgroup2"
          : mount.fileSystem == "cgroup" && mount.options.contains { $0 == controller }
      }
      guard let mount else { return nil }
      return ControlGroup(version: isUnified ? 2 : 1, folders: mount.folders(ofGroup: fields[2]))
    }
  }

  /// The groups of this process; none where the system has no control groups.
  static func groups(of controller: String) -> [ControlGroup] {
    guard let membership = systemText(atPath: "/proc/self/cgroup"),
      let mounts = systemText(atPath: "/proc/self/mountinfo")
    else { return [] }
    return groups(of: controller, membershipText: membership, mountText: mounts)
  }
}

/// One line of `/proc/self/mountinfo`.
private struct Mount {
  let root: String
  let point: String
  let fileSystem: Substring
  let options: [Substring]

  /// `31 23 0:28 /root /mount/point rw,relatime optional… - type source super,options`
  init?(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count > 6, let separator = words[6...].firstIndex(of: "-"), words.count > separator + 3 else {
      return nil
    }
    root = Self.unescape(words[3])
    point = Self.unescape(words[4])
    fileSystem = words[separator + 1]
    options = words[separator + 3].split(separator: ",")
  }

  /// The folders of `group` and of those above it, of which the mount may show only a part: in a container `root` is
  /// often the container's own group.
  func folders(ofGroup group: Substring) -> [String] {
    var components = group.split(separator: "/")
    let rootComponents = root.split(separator: "/")
    if components.starts(with: rootComponents) {
      components.removeFirst(rootComponents.count)
    } else {
      components = []
    }
    // `..` names a group outside this process's namespace.
    if components.contains("..") { components = [] }
    return (0...components.count).reversed().map { count in
      components[..<count].reduce(point) { $0 == "/" ? "/\($1)" : "\($0)/\($1)" }
    }
  }

  /// Spaces, tabs, line ends and backslashes stand as three octal digits.
  private static func unescape(_ text: Substring) -> String {
    guard text.contains("\\") else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest.removeFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
