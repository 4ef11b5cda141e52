import CostModel
import Kernels
import SystemCalls
import TestSupport
import Testing

@Suite struct KernelTableCacheTests {
  private static let product = ProductClass(.weightGradient, threads: 2, batch: 1024, units: 2048, inputs: 2048)
  private static let other = ProductClass(.forward, threads: 1, batch: 16, units: 128, inputs: 128)

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func cache() -> KernelTableCache {
    KernelTableCache(
      folder: folder.file("caches/bptrain"), processor: "AMD EPYC", library: "oneDNN 2.6.3", instructionSet: "AVX-512")
  }

  @Test func whatWasTunedIsReadAndReplacedByThreads() throws {
    let cache = cache()
    #expect(try cache.read().isEmpty)
    try cache.replace([(Self.product, .weightGradient), (Self.other, .matmul)], threads: [1, 2])
    #expect(try cache.read() == [Self.product: .weightGradient, Self.other: .matmul])
    try cache.replace([], threads: [2])
    #expect(try cache.read() == [Self.other: .matmul])
  }

  @Test(arguments: [
    ("", "is cut off"), ("bptrain kernels 1\n", "does not begin"),
    ("bptrain kernels 2\nAMD EPYC; oneDNN 2.6.3; AVX-512\nend 0\n", "does not begin"),
    ("bptrain kernels 1\nAMD EPYC; oneDNN 2.6.3; AVX-512\nend 1\n", "does not end"),
    ("bptrain kernels 1\nanother\nend 0\n", "another machine"),
    ("bptrain kernels 1\nAMD EPYC; oneDNN 2.6.3; AVX-512\nforward 1 16 128 128 guess\nend 1\n", "says nothing"),
    ("bptrain kernels 1\nAMD EPYC; oneDNN 2.6.3; AVX-512\nforward 1 16 128 0 matmul\nend 1\n", "says nothing"),
    ("bptrain kernels 1\nAMD EPYC; oneDNN 2.6.3; AVX-512\nforward 1 17 128 128 matmul\nend 1\n", "not rounded"),
    (
      "bptrain kernels 1\nAMD EPYC; oneDNN 2.6.3; AVX-512\nforward 1 16 128 128 matmul\nforward 1 16 128 128 matmul\nend 2\n",
      "twice"
    ),
  ])
  func aSpoiledFileIsRefused(text: String, sentence: String) throws {
    let cache = cache()
    try createFolder(atPath: String(cache.path[..<cache.path.lastIndex(of: "/")!]))
    try writeFileWhole(Array(text.utf8), toPath: cache.path, isDurable: false)
    let error = #expect(throws: KernelTableCache.Mistake.self) { try cache.read() }
    #expect(error?.description.contains(sentence) == true, "\(error?.description ?? "")")
    #expect(throws: KernelTableCache.Mistake.self) { try cache.replace([], threads: [1]) }
  }

  @Test func anotherMachineHasAnotherFile() {
    let paths = [("A", "L", "I"), ("B", "L", "I"), ("A", "M", "I"), ("A", "L", "J")].map {
      KernelTableCache(folder: "/f", processor: $0.0, library: $0.1, instructionSet: $0.2).path
    }
    #expect(Set(paths).count == 4)
  }
}

/// The table itself, and what it does to kernels.
@Suite struct KernelTableTests {
  @Test(arguments: [(1, 4), (4, 4), (7, 4), (8, 16), (512, 1024), (511, 256), (4096, 4096), (1 << 40, 4096)])
  func batchesAreRoundedToPowersOfFour(rows: Int, rounded: Int) {
    #expect(ProductClass(.forward, threads: 1, batch: rows, units: 64, inputs: 64).batch == rounded)
  }

  @Test(arguments: [(1, 1), (2, 2), (10, 8), (12, 16), (511, 512), (724, 512), (725, 1024), (1 << 40, 1 << 20)])
  func widthsAreRoundedToPowersOfTwo(width: Int, rounded: Int) {
    let product = ProductClass(.forward, threads: 1, batch: 4, units: width, inputs: 64)
    #expect(product.units == rounded && product.inputs == 64)
  }

  @Test func anotherTableHasAnotherName() {
    let product = ProductClass(.forward, threads: 2, batch: 64, units: 64, inputs: 64)
    let tables = [
      KernelTable.shipped, .shipped.tuned([product: .matmul]), .shipped.tuned([product: .packedMatmul]),
      KernelTable(rules: [KernelTable.Rule(methods: [.matmul])]),
    ]
    #expect(Set(tables.map(\.hash)).count == 4)
    #expect(tables.allSatisfy { $0.hash.count == 16 })
    #expect(KernelTable.shipped.tuned([product: .matmul]).hash == tables[1].hash)
  }

  /// Few sizes, so that it takes no time; whatever it finds is of those sizes and has a method that is not the shipped.
  @Test func tuningFindsMethodsOfTheSizesThatItTried() throws {
    try ComputeThread().run { () throws -> Void in
      let tuner = KernelTuner(team: ThreadTeam(threadCount: 2))
      var heard = 0
      let found = try tuner.tune(batches: [16], widths: [64, 128]) { _, _ in heard += 1 }
      #expect(heard == 4)
      for measurement in found {
        #expect(measurement.productClass.batch == 16 && [64, 128].contains(measurement.productClass.units))
        #expect(measurement.gigaflops > measurement.shippedGigaflops)
      }
    }
  }
}
