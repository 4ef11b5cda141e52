/// The extensions of x86-64 that decide which kernels run, by their names in `/proc/cpuinfo`; none on other processors.
package struct InstructionSet: Hashable, Sendable, CustomStringConvertible {
  package enum Extension: String, CaseIterable, Sendable {
    case avx
    case avx2
    case fma
    case avx512f
    case avx512bw
    case avx512VNNI = "avx512_vnni"
    case avx512BF16 = "avx512_bf16"
    case avx512FP16 = "avx512_fp16"
    case amxTile = "amx_tile"
    case amxBF16 = "amx_bf16"
  }

  package let extensions: Set<Extension>

  package init(_ extensions: Set<Extension>) {
    self.extensions = extensions
  }

  package func contains(_ member: Extension) -> Bool {
    extensions.contains(member)
  }

  /// The names in a fixed order, for example `avx avx2 fma`; `baseline` where there is none.
  package var description: String {
    let names = Extension.allCases.filter(extensions.contains).map(\.rawValue)
    return names.isEmpty ? "baseline" : names.joined(separator: " ")
  }
}

/// What the text of `/proc/cpuinfo` says.
package struct ProcessorInformation: Hashable, Sendable {
  /// The first processor's model name; nil where the text has none, as on many Arm machines.
  package let modelName: String?
  /// What all processors have.
  package let instructionSet: InstructionSet
  /// The core of each logical processor, by the latter's number.
  private let cores: [Int: Core]

  private struct Core: Hashable {
    let package: Int
    let number: Int
  }

  /// Reads the text, in which every processor has a paragraph of `name : value` lines.
  package init(_ text: String) {
    var modelName: String?
    var extensions: Set<InstructionSet.Extension>?
    var cores: [Int: Core] = [:]
    for paragraph in text.split(separator: "\n\n") {
      var fields: [Substring: Substring] = [:]
      for line in paragraph.split(separator: "\n") {
        guard let colon = line.firstIndex(of: ":") else { continue }
        fields[trimmed(line[..<colon])] = trimmed(line[line.index(after: colon)...])
      }
      if modelName == nil, let name = fields["model name"], !name.isEmpty { modelName = String(name) }
      if let flags = fields["flags"] {
        let present = Set(flags.split(separator: " ").compactMap { InstructionSet.Extension(rawValue: String($0)) })
        extensions = extensions?.intersection(present) ?? present
      }
      if let number = fields["processor"].flatMap({ Int($0) }),
        let package = fields["physical id"].flatMap({ Int($0) }), let core = fields["core id"].flatMap({ Int($0) })
      {
        cores[number] = Core(package: package, number: core)
      }
    }
    self.modelName = modelName
    self.cores = cores
    instructionSet = InstructionSet(extensions ?? [])
  }

  /// Cores of so many of the machine's logical processors, whichever they are.
  package func coreCount(ofProcessors count: Int) -> Int {
    let share = Double(Set(cores.values).count) / Double(max(cores.count, 1))
    return cores.isEmpty ? count : max(1, Int((Double(count) * share).rounded()))
  }

  /// Cores among logical processors; one whose core the text does not name counts for itself.
  package func coreCount(among processors: Set<Int>) -> Int {
    let known = processors.compactMap { cores[$0] }
    return Set(known).count + processors.count - known.count
  }
}
