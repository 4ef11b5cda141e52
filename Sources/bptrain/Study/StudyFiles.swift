import ArenaMemory
import Checkpointing
import Configuration
import SystemCalls

/// The files that a study's measurements depend on: configurations, data, schedules, and the program itself.
struct StudyFiles {
  private var versions: [String: FileVersion?] = [:]
  private var digests: [String: String] = [:]

  /// By path, of data and schedules; of the program by what it is called in sentences.
  var digestOfPath: [String: String] { digests }

  /// The program, and data and schedule of a configuration, one file a line: what its measurements depend on beside
  /// what it says. The program may stand elsewhere on another machine of a study's.
  ///
  /// - Throws: `Failure`, 66 of a file that cannot be read.
  mutating func identity(of configuration: ParsedConfiguration) throws -> [String] {
    try watch(configuration.fileName)
    var paths = configuration.configuration.data.source.paths
    if case .file(let path) = configuration.configuration.checkpoint { paths.append(path) }
    let program = try digest(ofFileAtPath: ownExecutablePath, named: "the program")
    return try [program]
      + paths.map { path in
        let resolved = configuration.resolvedPath(path)
        return "\(path) \(try digest(ofFileAtPath: resolved, named: resolved))"
      }
  }

  /// The first of the files that was written since it was read here; nil where none was.
  func firstChanged() throws -> String? {
    do throws(SystemCallError) {
      for (path, version) in versions.sorted(by: { $0.key < $1.key })
      where try FileVersion(ofFileAtPath: path) != version {
        return path
      }
      return nil
    } catch {
      throw Failure.input(error)
    }
  }

  private mutating func watch(_ path: String) throws {
    guard versions[path] == nil else { return }
    do throws(SystemCallError) {
      versions[path] = .some(try FileVersion(ofFileAtPath: path))
    } catch {
      throw Failure.input(error)
    }
  }

  private mutating func digest(ofFileAtPath path: String, named name: String) throws -> String {
    if let known = digests[name] { return known }
    // Before the bytes are read, so that a change meanwhile shows.
    try watch(path)
    do throws(SystemCallError) {
      let digest = String(try fileChecksum(atPath: path), radix: 16)
      digests[name] = digest
      return digest
    } catch {
      throw Failure.input(error)
    }
  }
}
