import CostModel
import SystemCalls
import TestSupport
import Testing

@Suite struct CostCacheTests {
  static let identity = CostCache.Identity(
    processor: "AMD EPYC", library: "oneDNN 2.6.3", instructionSet: "AVX-512", threads: 2, program: "1.0 123")
  static let costs = ["linear float32 4x4 4x4 1x4 e": 0.000564, "instruction": 2.1e-8, "update sgd 64": 1e-300]

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func cache(program: String = "1.0 123") -> CostCache {
    var identity = Self.identity
    identity.program = program
    return CostCache(folder: folder.file("caches/bptrain"), identity: identity)
  }

  @Test func whatWasKeptIsRead() throws {
    let cache = cache()
    #expect(cache.read() == .absent)
    try cache.add(Self.costs)
    #expect(cache.read() == .costs(Self.costs))
    #expect(try !fileExists(atPath: cache.path + "~"))
  }

  @Test func whatStandsThereStaysAndMoreIsAdded() throws {
    let cache = cache()
    try cache.add(["a": 1, "b": 2])
    try cache.add(["b": 20, "c": 3])
    #expect(cache.read() == .costs(["a": 1, "b": 2, "c": 3]))
  }

  @Test func costsOfAnotherBuildAreReplaced() throws {
    try cache(program: "1.0 123").add(["a": 1])
    let other = cache(program: "1.1 124")
    #expect(other.path == cache().path)
    #expect(other.read() == .otherProgram)
    try other.add(["b": 2])
    #expect(other.read() == .costs(["b": 2]))
  }

  @Test func anotherMachineHasAnotherFile() throws {
    var paths: Set<String> = []
    for (processor, library, instructionSet, threads) in [
      ("A", "L", "I", 2), ("B", "L", "I", 2), ("A", "M", "I", 2), ("A", "L", "J", 2), ("A", "L", "I", 3),
    ] {
      let identity = CostCache.Identity(
        processor: processor, library: library, instructionSet: instructionSet, threads: threads, program: "p")
      paths.insert(CostCache(folder: "/f", identity: identity).path)
    }
    #expect(paths.count == 5)
  }

  /// A name that holds a line break or no ASCII cannot spoil the file.
  @Test func anyNameGivesAFileThatIsRead() throws {
    let identity = CostCache.Identity(
      processor: "Процессор\n9000\u{0}", library: String(repeating: "x", count: 5000), instructionSet: "", threads: 1,
      program: "")
    let cache = CostCache(folder: folder.path, identity: identity)
    try cache.add(["a": 1])
    #expect(cache.read() == .costs(["a": 1]))
  }

  static let spoiled: [(name: String, text: String)] = [
    ("empty", ""), ("only a line end", "\n"), ("other first line", "bptrain costs 2\nI\n1 a\nend 1\n"),
    ("cut off", "bptrain costs 1\nI\n1 a\n2 b\nend"), ("without end", "bptrain costs 1\nI\n1 a\n"),
    ("wrong count", "bptrain costs 1\nI\n1 a\nend 2\n"), ("no number", "bptrain costs 1\nI\nx a\nend 1\n"),
    ("not finite", "bptrain costs 1\nI\ninf a\nend 1\n"), ("not a number", "bptrain costs 1\nI\nnan a\nend 1\n"),
    ("negative", "bptrain costs 1\nI\n-1 a\nend 1\n"), ("zero", "bptrain costs 1\nI\n0 a\nend 1\n"),
    ("a year", "bptrain costs 1\nI\n3e7 a\nend 1\n"), ("no key", "bptrain costs 1\nI\n1\nend 1\n"),
    ("empty key", "bptrain costs 1\nI\n1 \nend 1\n"), ("key twice", "bptrain costs 1\nI\n1 a\n1 a\nend 2\n"),
    ("bytes", "bptrain costs 1\nI\n1 \u{1}\nend 1\n"),
    ("a long line", "bptrain costs 1\nI\n1 \(String(repeating: "a", count: 2000))\nend 1\n"),
  ]

  @Test(arguments: spoiled) func aSpoiledFileIsToldAndReplaced(name: String, text: String) throws {
    let cache = cache()
    try cache.add(["a": 1])
    try writeFileWhole(Array(text.utf8), toPath: cache.path)
    guard case .worthless(let sentence) = cache.read() else {
      Issue.record("\(name) was taken for costs")
      return
    }
    #expect(sentence.hasPrefix(cache.path) && sentence.hasSuffix("measured anew"), "\(sentence)")
    try cache.add(["b": 2])
    #expect(cache.read() == .costs(["b": 2]))
  }

  @Test func everyPrefixOfAFileIsSpoiled() throws {
    let bytes = CostCacheText(identity: "I", seconds: Self.costs).bytes
    #expect(try CostCacheText(reading: bytes).seconds == Self.costs)
    for count in 0..<bytes.count {
      #expect(throws: CostCacheText.Mistake.self) { try CostCacheText(reading: Array(bytes[..<count])) }
    }
  }

  @Test func whatIsNoFileIsLeftAlone() throws {
    let cache = cache()
    try createFolder(atPath: cache.path)
    guard case .unreadable(let sentence) = cache.read() else {
      Issue.record("a folder was read")
      return
    }
    #expect(sentence.contains(cache.path))
    try cache.add(["a": 1])
    #expect(try folderExists(atPath: cache.path))
  }

  @Test func aFolderThatCannotBeMadeIsAnError() throws {
    try folder.write([1], as: "caches")
    #expect(throws: SystemCallError.self) { try cache().add(["a": 1]) }
  }

  @Test func theFolderIsTheUsers() {
    func folder(_ variables: [String: String]) -> String? { CostCache.defaultFolder { variables[$0] } }
    #expect(folder(["XDG_CACHE_HOME": "/c", "HOME": "/h"]) == "/c/bptrain")
    #expect(folder(["HOME": "/h"]) == "/h/.cache/bptrain")
    #expect(folder(["XDG_CACHE_HOME": "relative", "HOME": "/h"]) == "/h/.cache/bptrain")
    #expect(folder(["XDG_CACHE_HOME": "", "HOME": ""]) == nil)
    #expect(folder([:]) == nil)
  }
}
