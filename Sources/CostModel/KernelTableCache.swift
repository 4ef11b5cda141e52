package import Kernels
import SystemCalls

/// The file in which `bptrain doctor --tune` leaves which methods compute products fastest on this machine.
///
/// ```
/// bptrain kernels 1
/// AMD EPYC 9755; oneDNN 2.6.3; AVX-512 BF16
/// weightGradient 2 1024 2048 2048 weightGradient
/// end 1
/// ```
///
/// After the direction: threads, rows of the batch, units, inputs, rounded as ``ProductClass`` does. Read strictly,
/// since the bits of every gradient depend on it: a file that bptrain has not written is refused, never half used. It
/// appears whole or not at all.
package struct KernelTableCache: Hashable, Sendable {
  package let path: String
  /// For what machine and library it holds: one line of plain text.
  package let identity: String

  package static let firstLine = "bptrain kernels 1"
  package static let largestByteCount = 1 << 20

  /// - Parameter folder: for example ``CostCache/defaultFolder(environment:)``.
  package init(folder: String, processor: String, library: String, instructionSet: String) {
    let text = "\(processor); \(library); \(instructionSet)"
    identity = String(
      String.UnicodeScalarView(text.unicodeScalars.map { (" "..."~").contains($0) ? $0 : "?" }).prefix(400))
    path = "\(folder)/kernels-\(fowlerNollVo(identity)).txt"
  }

  /// What is wrong with a file, as a sentence.
  package struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// The classes that stand in the file; none where there is no file.
  package func read() throws(Mistake) -> [ProductClass: ProductMethod] {
    let bytes: [UInt8]
    do throws(SystemCallError) {
      guard let found = try readSmallFile(atPath: path, largestByteCount: Self.largestByteCount) else { return [:] }
      bytes = found
    } catch {
      throw Mistake(description: "the kernels that were tuned here cannot be read from \(error.description)")
    }
    return try entries(in: bytes)
  }

  /// Replaces the classes of some thread counts; those of others stay.
  ///
  /// - Throws: `Mistake` where the file that is there cannot be used, `SystemCallError`.
  package func replace(_ tuned: [(ProductClass, ProductMethod)], threads: [Int]) throws {
    var all = try read().filter { !threads.contains($0.key.threads) }
    for (key, method) in tuned { all[key] = method }
    var text = "\(Self.firstLine)\n\(identity)\n"
    for (key, method) in all.sorted(by: { $0.key < $1.key }) {
      text += "\(key.direction.rawValue) \(key.threads) \(key.batch) \(key.units) \(key.inputs) \(method.rawValue)\n"
    }
    try createFolder(atPath: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    try writeFileWhole(Array((text + "end \(all.count)\n").utf8), toPath: path, isDurable: false)
  }

  private func entries(in bytes: [UInt8]) throws(Mistake) -> [ProductClass: ProductMethod] {
    func mistake(_ what: String) -> Mistake {
      Mistake(
        description:
          "\(path) \(what), so it is no file of tuned kernels; remove it, and have bptrain doctor --tune measure anew")
    }
    guard bytes.last == UInt8(ascii: "\n") else { throw mistake("is cut off") }
    let lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard lines.count >= 3, lines[0] == Self.firstLine, lines[lines.count - 1] == "end \(lines.count - 3)" else {
      throw mistake("does not begin with \"\(Self.firstLine)\" or does not end with the number of its entries")
    }
    guard lines[1] == identity else { throw mistake("holds for another machine (\(lines[1]))") }
    var result: [ProductClass: ProductMethod] = [:]
    for line in lines[2..<lines.count - 1] {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      let numbers = words.dropFirst().dropLast().compactMap { Int($0) }
      guard words.count == 6, numbers.count == 4, numbers.allSatisfy({ (1...1 << 20).contains($0) }),
        let direction = ProductDirection(rawValue: String(words[0])),
        let method = ProductMethod(rawValue: String(words[5]))
      else { throw mistake("has a line that says nothing of a product: \(line.prefix(60))") }
      let key = ProductClass(
        direction, threads: numbers[0], batch: numbers[1], units: numbers[2], inputs: numbers[3])
      guard key.batch == numbers[1], key.units == numbers[2], key.inputs == numbers[3],
        result.updateValue(method, forKey: key) == nil
      else { throw mistake("has a class that is not rounded or stands there twice: \(line.prefix(60))") }
    }
    return result
  }
}
