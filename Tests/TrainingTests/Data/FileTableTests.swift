import ArenaMemory
import Glibc
import Kernels
import RandomNumbers
import SystemCalls
import TestSupport
import Testing
import Training

@Suite struct FileTableTests {
  /// Bytes of an NPY file of any type, drawn at random; float types hold finite numbers.
  private func file(_ type: NPYElementType, rows: Int, columns: Int, _ random: inout SplitMix64) -> [UInt8] {
    let header = "{'descr': '\(type.rawValue)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }\n"
    var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    for _ in 0..<rows * columns {
      let word: UInt64 =
        switch type {
        case .float32: UInt64(Float.random(in: -9...9, using: &random).bitPattern)
        case .float64: Double.random(in: -9...9, using: &random).bitPattern
        case .bool: UInt64.random(in: 0...1, using: &random)
        case .int32, .int64, .uint8, .int8, .int16, .uint16, .uint32, .uint64: random.next()
        }
      for place in 0..<type.byteCount { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
    }
    return bytes
  }

  /// Rows read from a file, rows brought into memory and the array that is read at once are the same to the bit, in
  /// order and in any other, standardized or not.
  @Test(arguments: NPYElementType.allCases) func givesTheBitsOfTheArray(type: NPYElementType) throws {
    var random = SplitMix64(seed: 11)
    let filling = MemoryFilling(team: .single)
    for (rows, columns) in [(1, 1), (7, 3), (1000, 5), (3, 70_000), (40_000, 2)] {
      let folder = try TemporaryFolder()
      try folder.write(file(type, rows: rows, columns: columns, &random), as: "x.npy")
      try folder.write(file(.uint8, rows: rows, columns: 1, &random), as: "y.npy")
      let files = NPYFiles(featuresPath: folder.file("x.npy"), targetsPath: folder.file("y.npy"), task: .regression)
      var inFiles: Samples<Float> = try files.read()
      var inMemory = inFiles
      try inMemory.load()
      #expect(inFiles.areInFiles && !inMemory.areInFiles)
      #expect(inFiles.byteCount == inMemory.byteCount && inMemory.heldByteCount == rows * (columns + 1) * 4)
      #expect(inFiles.heldByteCount <= max(256 << 10, columns * 8) + (256 << 10))
      let array = try NPYArray<Float>.parse(readFile(atPath: folder.file("x.npy")), path: "x.npy")
      #expect(try inFiles.features == array.elements, "\(rows) x \(columns)")
      #expect(try inMemory.features == array.elements)
      #expect(try inFiles.targets == inMemory.targets)
      let figures = try Standardization(of: inFiles, rows: RowNumbers(0..<rows))
      #expect(try figures == Standardization(of: inMemory, rows: RowNumbers(0..<rows)))
      try inFiles.standardize(by: figures)
      try inMemory.standardize(by: figures)
      #expect(try inFiles.features == inMemory.features)
      #expect(try inFiles.featureTable.loaded().elements() == inMemory.features)
      let wanted = (0..<50).map { $0 < 20 ? min($0, rows - 1) : Int.random(in: 0..<rows, using: &random) }
      let blocks = try [inFiles, inMemory].map { samples in
        let block = try MemoryBlock(byteCount: wanted.count * columns * 4, in: JemallocArena())
        try samples.featureTable.gather(rows: wanted[...], to: block, filling: filling)
        return try block.read(Float.self, count: wanted.count * columns)
      }
      #expect(blocks[0] == blocks[1], "\(rows) x \(columns)")
      let expected = blocks[0].map { Conversion.rounded($0) }
      for samples in [inFiles, inMemory] {
        let block = try MemoryBlock(byteCount: wanted.count * columns * 2, in: JemallocArena())
        try samples.featureTable.gatherRounded(rows: wanted[...], to: block, filling: filling)
        #expect(try block.read(UInt16.self, count: wanted.count * columns) == expected, "\(rows) x \(columns)")
      }
      #expect(try blocks[0].prefix(columns) == inMemory.features.prefix(columns))
    }
  }

  @Test func aFileThatIsCutOffLaterIsAnError() throws {
    let folder = try TemporaryFolder()
    let array = NPYArray<Float>(shape: [1000, 3], elements: (0..<3000).map { Float($0) })
    try folder.write(array.fileBytes, as: "x.npy")
    let samples: Samples<Float> = try NPYFiles(
      featuresPath: folder.file("x.npy"), targetsPath: nil, task: .regression
    ).read()
    #expect(unsafe truncate(folder.file("x.npy"), 500) == 0)
    let error = #expect(throws: DataFileError.self) { try samples.features }
    #expect(error?.kind == .unreadable)
    #expect("\(try #require(error))" == "\(folder.file("x.npy")): cannot be read: No data available")
  }

  @Test func takesLargeFilesForWhatTheyAre() throws {
    let folder = try TemporaryFolder()
    var values = [Float](repeating: 1, count: 300_000)
    values[262_145] = .infinity
    try folder.write(NPYArray(shape: [100_000, 3], elements: values).fileBytes, as: "x.npy")
    let error = #expect(throws: DataFileError.self) {
      let _: Samples<Float> = try NPYFiles(featuresPath: folder.file("x.npy"), targetsPath: nil, task: .regression)
        .read()
    }
    #expect(
      "\(try #require(error))"
        == "\(folder.file("x.npy")): row 87381, column 2 (the first are 0) has inf where a finite number is needed")
  }
}
