import Kernels
package import SystemCalls

/// The file in which measured costs wait for the next run on this machine.
///
/// It appears whole or not at all, so that processes may read and write it at the same time. Costs that stand in it
/// stay, so that what was planned with them once is planned again in the same way, until the file is removed or a run
/// finds that they were wrong.
package struct CostCache: Hashable, Sendable {
  /// Where costs are valid: another machine, kernel library, instruction set, thread count or program starts anew.
  package struct Identity: Hashable, Sendable {
    package var processor: String
    package var library: String
    package var instructionSet: String
    package var threads: Int
    /// Which build of the program, as far as it can be told.
    package var program: String

    package init(processor: String, library: String, instructionSet: String, threads: Int, program: String) {
      self.processor = processor
      self.library = library
      self.instructionSet = instructionSet
      self.threads = threads
      self.program = program
    }

    /// One line of plain text.
    package var text: String {
      let line = "\(machineText); program \(program)"
      return String(
        String.UnicodeScalarView(line.unicodeScalars.map { (" "..."~").contains($0) ? $0 : "?" }).prefix(400))
    }

    private var machineText: String { "\(processor); \(library); \(instructionSet); \(threads) threads" }

    /// The name of the file: one for each kind of machine, whatever the program.
    package var fileName: String { "costs-\(fowlerNollVo(machineText)).txt" }
  }

  package let path: String
  package let identity: Identity

  /// - Parameter folder: for example ``defaultFolder()``.
  package init(folder: String, identity: Identity) {
    path = "\(folder)/\(identity.fileName)"
    self.identity = identity
  }

  /// The folder of the program's caches: `$XDG_CACHE_HOME/bptrain`, else `~/.cache/bptrain`; nil where the environment
  /// names neither as an absolute path.
  package static func defaultFolder(environment: (String) -> String? = environmentVariable) -> String? {
    if let folder = environment("XDG_CACHE_HOME"), folder.hasPrefix("/") { return "\(folder)/bptrain" }
    if let home = environment("HOME"), home.hasPrefix("/") { return "\(home)/.cache/bptrain" }
    return nil
  }

  /// What a file gave.
  package enum Contents: Hashable, Sendable {
    /// There is none.
    case absent
    case costs([String: Double])
    /// They are another program's; they will be replaced.
    case otherProgram
    /// It is not what bptrain writes, as a sentence; it will be replaced.
    case worthless(String)
    /// It cannot be read, as a sentence, and is left alone.
    case unreadable(String)
  }

  package func read() -> Contents {
    let bytes: [UInt8]
    do throws(SystemCallError) {
      guard let found = try readSmallFile(atPath: path, largestByteCount: CostCacheText.largestByteCount) else {
        return .absent
      }
      bytes = found
    } catch {
      return .unreadable("the measured costs cannot be read from \(error.description); they are measured for this run")
    }
    do throws(CostCacheText.Mistake) {
      let text = try CostCacheText(reading: bytes)
      return text.identity == identity.text ? .costs(text.seconds) : .otherProgram
    } catch {
      return .worthless("\(path) \(error.description): it is no file of measured costs, and they are measured anew")
    }
  }

  /// Adds costs to the file; those that another process has put there meanwhile stay, unless they are to be replaced.
  ///
  /// - Returns: whether they are kept: not where the file cannot be read or they are too many.
  /// - Throws: `SystemCallError` of making the folder or writing the file.
  @discardableResult
  package func add(_ seconds: [String: Double], replacing: Bool = false) throws(SystemCallError) -> Bool {
    var all = seconds
    switch read() {
    case .costs(let present): all.merge(present) { ours, present in replacing ? ours : present }
    case .absent, .otherProgram, .worthless: break
    case .unreadable: return false
    }
    // A file of so many shapes has served its purpose.
    if all.count > CostCacheText.largestEntryCount { all = seconds }
    guard all.count <= CostCacheText.largestEntryCount else { return false }
    try createFolder(atPath: parentFolder)
    try writeFileWhole(CostCacheText(identity: identity.text, seconds: all).bytes, toPath: path, isDurable: false)
    return true
  }

  private var parentFolder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
}
