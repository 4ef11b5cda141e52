import Testing

import Training

@Suite struct NPYArrayTests {
  /// `numpy.save` (NumPy 2.4) of [[1, -2.5, 3e-40], [4, 5, 0.1]] in float32.
  static let float32File = bytes(
    hexadecimal: """
      934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c
      20277368617065273a2028322c2033292c207d20202020202020202020202020202020202020202020202020202020202020
      2020202020202020202020202020202020202020202020202020200a0000803f000020c047440300000080400000a040cdcc
      cc3d
      """)

  /// `numpy.save` of [0.1, -1e300] in float64.
  static let float64File = bytes(
    hexadecimal: """
      934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73652c
      20277368617065273a2028322c292c207d202020202020202020202020202020202020202020202020202020202020202020
      2020202020202020202020202020202020202020202020202020200a9a9999999999b93f9c7500883ce437fe
      """)

  @Test func readsAndWritesWhatNumPyWrites() throws {
    let matrix: NPYArray<Float> = try .parse(Self.float32File, path: "a.npy")
    #expect(matrix == NPYArray(shape: [2, 3], elements: [1, -2.5, Float(bitPattern: 0x34447), 4, 5, 0.1]))
    #expect(matrix.fileBytes == Self.float32File)
    let vector: NPYArray<Double> = try .parse(Self.float64File, path: "a.npy")
    #expect(vector == NPYArray(shape: [2], elements: [0.1, -1e300]))
    #expect(vector.fileBytes == Self.float64File)
  }

  /// A file with a header of one's own.
  private static func file(_ header: String, version: UInt8 = 1, minor: UInt8 = 0, data: [UInt8]) -> [UInt8] {
    let length = header.utf8.count
    let lengthBytes = (0..<(version == 1 ? 2 : 4)).map { UInt8(length >> (8 * $0) & 0xFF) }
    return [0x93] + Array("NUMPY".utf8) + [version, minor] + lengthBytes + Array(header.utf8) + data
  }

  private static func header(_ type: String, _ shape: String, fortran: String = "False") -> String {
    "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }\n"
  }

  @Test(arguments: [
    ("<f4", [0, 0, 0x80, 0xBF, 0, 0, 0, 0x40], [-1, 2]),
    ("<f8", [0, 0, 0, 0, 0, 0, 0xF0, 0xBF, 0, 0, 0, 0, 0, 0, 0, 0x40], [-1, 2]),
    ("<i4", [0xFE, 0xFF, 0xFF, 0xFF, 1, 2, 0, 0], [-2, 513]),
    ("<i8", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1, 0, 0, 0], [-2, 4_294_967_296]),
    ("|u1", [255, 1], [255, 1]), ("|i1", [255, 1], [-1, 1]), ("<i2", [0xFF, 0xFF, 0, 1], [-1, 256]),
    ("<u2", [0xFF, 0xFF, 0, 1], [65535, 256]), ("|b1", [0, 1], [0, 1]),
    ("<u4", [0xFE, 0xFF, 0xFF, 0xFF, 1, 2, 0, 0], [4_294_967_294, 513]),
    ("<u8", [0, 0, 0, 0, 0, 0, 0, 0x80, 2, 0, 0, 0, 0, 0, 0, 0], [9_223_372_036_854_775_808, 2]),
  ]) func readsEachType(type: String, data: [UInt8], values: [Double]) throws {
    for version: UInt8 in 1...3 {
      let file = Self.file(Self.header(type, "(2, 1)"), version: version, data: data)
      let array: NPYArray<Double> = try .parse(file, path: "a.npy")
      #expect(array == NPYArray(shape: [2, 1], elements: values))
      let narrow: NPYArray<Float> = try .parse(file, path: "a.npy")
      #expect(narrow.elements == values.map { Float($0) })
    }
  }

  @Test(arguments: [
    "{'shape': (1,), 'fortran_order': False, 'descr': '|u1'}",
    "{\"descr\":\"|u1\",'fortran_order':False,'shape':(1,)}\n",
    "  { 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 1 , ) , }   \n",
  ]) func acceptsTheDictionaryInAnyForm(header: String) throws {
    let array: NPYArray<Float> = try .parse(Self.file(header, data: [9]), path: "a.npy")
    #expect(array.elements == [9])
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    let file: [UInt8]
    let sentence: String
    var testDescription: String { sentence }

    init(_ file: [UInt8], _ sentence: String) {
      self.file = file
      self.sentence = sentence
    }
  }

  static let mistakes: [Mistake] = [
    Mistake(Array("PK".utf8), "is no NPY file: it does not begin with \\x93NUMPY"),
    Mistake(Array(float32File[..<9]), "is cut off inside its header"),
    Mistake(Array(float32File[..<100]), "is cut off inside its header"),
    Mistake(file("", version: 2, data: [])[..<11].map { $0 }, "is cut off inside its header"),
    Mistake(
      Array(float32File.dropLast()),
      "announces the shape (2, 3) of <f4, which takes 24 bytes, but 23 follow the header"
    ),
    Mistake(float32File + [0], "announces the shape (2, 3) of <f4, which takes 24 bytes, but 25 follow the header"),
    Mistake(file(header("<f4", "(1,)"), version: 4, data: []), "is in NPY format 4.0; 1.0, 2.0 and 3.0 can be read"),
    Mistake(
      file(header("<f4", "(1,)"), version: 1, minor: 1, data: []), "is in NPY format 1.1; 1.0, 2.0 and 3.0 can be read"),
    Mistake(
      [0x93] + Array("NUMPY".utf8) + [2, 0, 0xFF, 0xFF, 0xFF, 0xFF],
      "has a header of 4294967295 bytes; at most 65536 are read"
    ),
    Mistake(
      file(header(">f4", "(1,)"), data: [0, 0, 0, 0]),
      "has elements of type \">f4\"; <f4 <f8 <i4 <i8 |u1 |i1 <i2 <u2 <u4 <u8 |b1 can be read: convert it with array.astype(\"<f4\")"
    ),
    Mistake(
      file(header("<f4", "(1,)", fortran: "True"), data: [0, 0, 0, 0]),
      "is in Fortran order; save it in C order: numpy.save(path, numpy.ascontiguousarray(array))"
    ),
    Mistake(
      file(header("|u1", "()"), data: [0]), "has 0 dimensions where 1 or 2 are needed: reshape it to (rows, columns)"),
    Mistake(
      file(header("|u1", "(1, 1, 1)"), data: [0]),
      "has 3 dimensions where 1 or 2 are needed: reshape it to (rows, columns)"
    ),
    Mistake(
      file(header("<f8", "(4611686018427387904, 4)"), data: []),
      "has the shape (4611686018427387904, 4), which is too large"
    ),
    Mistake(
      file(header("<f8", "(4611686018427387904,)"), data: []),
      "announces the shape (4611686018427387904) of <f8, which is too large"
    ),
    Mistake(
      file(header("<f8", "(99999999999999999999,)"), data: []),
      "has a malformed header: a size has too many digits"
    ),
    Mistake(file("{'descr': '<f4'}", data: []), "has a malformed header: the key \"fortran_order\" is missing"),
    Mistake(file("{}", data: []), "has a malformed header: the key \"descr\" is missing"),
    Mistake(file("", data: []), "has a malformed header: '{' is needed where it ends"),
    Mistake(
      file("{'descr': '<f4', 'descr': '<f4'}", data: []), "has a malformed header: the key \"descr\" occurs twice"),
    Mistake(file("{'order': 'C'}", data: []), "has a malformed header: the key \"order\" is not known"),
    Mistake(
      file("{'descr': [('a', '<f4')]}", data: []), "has a malformed header: a string is needed at \"[('a', '<f4'\""),
    Mistake(file("{'shape': (3)}", data: []), "has a malformed header: ',' is needed at \")}\""),
    Mistake(file("{'shape': (-3,)}", data: []), "has a malformed header: a whole number is needed at \"-3,)}\""),
    Mistake(file("{'shape': (3L,)}", data: []), "has a malformed header: ',' is needed at \"L,)}\""),
    Mistake(file("{'fortran_order': None}", data: []), "has a malformed header: True or False is needed at \"None}\""),
    Mistake(file(header("|u1", "(1,)") + "x", data: [0]), "has a malformed header: nothing is needed at \"x\""),
    Mistake(file("{'descr", data: []), "has a malformed header: a string is never closed"),
  ]

  @Test(arguments: mistakes) func explains(_ mistake: Mistake) throws {
    let error = try #require(throws: DataFileError.self) {
      let _: NPYArray<Float> = try .parse(mistake.file, path: "a.npy")
    }
    #expect(error.description == "a.npy: " + mistake.sentence)
    #expect(error.kind == .content)
  }

  /// No file cut short or with one byte changed may do anything but be read or be refused.
  @Test func survivesEveryTruncationAndByteChange() {
    for count in Self.float32File.indices {
      #expect(throws: DataFileError.self) {
        let _: NPYArray<Float> = try .parse(Array(Self.float32File[..<count]), path: "a.npy")
      }
    }
    var refused = 0
    for place in 0..<128 {
      for byte: UInt8 in [0, 0x20, 0x27, 0x28, 0x2C, 0x39, 0x7D, 0xFF] {
        var file = Self.float32File
        file[place] = byte
        do throws(DataFileError) {
          let array: NPYArray<Float> = try .parse(file, path: "a.npy")
          #expect(array.elements.count == array.rowCount * array.columnCount)
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 400)
  }
}
