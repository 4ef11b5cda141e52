import SystemCalls
import Testing

@Suite("Hardware")
struct HardwareTests {
  /// Two cores with two hyper-threads each, as the kernel writes them, most fields left out.
  static let processors = (0..<4).map { number in
    """
    processor\t: \(number)
    vendor_id\t: GenuineIntel
    model name\t: Intel(R) Xeon(R) Platinum 8480+
    physical id\t: 0
    core id\t\t: \(number % 2)
    flags\t\t: fpu avx avx2 fma avx512f avx512bw avx512_vnni avx512_bf16 amx_bf16 amx_tile\(number == 3 ? "" : " avx512_fp16")
    power management:

    """
  }.joined(separator: "\n")

  @Test("the processor's name, instruction set and cores are read")
  func information() {
    let information = ProcessorInformation(Self.processors)
    #expect(information.modelName == "Intel(R) Xeon(R) Platinum 8480+")
    // What one processor lacks, no kernel may use.
    #expect(!information.instructionSet.contains(.avx512FP16))
    #expect(
      information.instructionSet.description
        == "avx avx2 fma avx512f avx512bw avx512_vnni avx512_bf16 amx_tile amx_bf16")
    #expect(information.coreCount(among: [0, 1, 2, 3]) == 2)
    #expect(information.coreCount(among: [0, 2]) == 1)
    #expect(information.coreCount(among: [0, 1]) == 2)
    #expect(information.coreCount(among: [0, 2, 7, 8]) == 3)
    #expect(information.coreCount(among: []) == 0)
  }

  @Test("a processor without names has none", arguments: ["", "\n\n", "processor : 0\nBogoMIPS : 50\n", "::\n:\n"])
  func unknown(text: String) {
    let information = ProcessorInformation(text)
    #expect(information.modelName == nil)
    #expect(information.instructionSet == InstructionSet([]))
    #expect(information.instructionSet.description == "baseline")
    #expect(information.coreCount(among: [0, 1, 2]) == 3)
  }

  @Test("a name that merely begins like an extension is not one")
  func prefixes() {
    let set = ProcessorInformation("flags : avx512 avx_vnni fma4 amx").instructionSet
    #expect(set.extensions.isEmpty)
  }

  @Test(
    "the affinity list is read",
    arguments: [
      ("0-1", [0, 1]), ("0", [0]), ("0-2,5", [0, 1, 2, 5]), ("3,1", [1, 3]), ("8-8,10-11", [8, 10, 11]),
      ("", nil), ("a", nil), ("1-", nil), ("3-1", nil), ("-1", nil), ("1-2-3", nil), ("0-99999999999", nil),
      ("0-999999999", nil), ("1,x", nil),
    ] as [(String, Set<Int>?)])
  func affinity(list: String, expected: Set<Int>?) {
    let text = "Name:\tx\nCpus_allowed:\t3\nCpus_allowed_list:\t\(list)\nMems_allowed_list:\t0\n"
    #expect(Hardware.allowedProcessors(text) == expected)
  }

  @Test("a status file without an affinity has none")
  func noAffinity() {
    #expect(Hardware.allowedProcessors("Name:\tx\n") == nil)
  }

  @Test("the least share of processors holds")
  func shares() {
    let unified = ControlGroup(version: 2, folders: ["/g/a", "/g"])
    let legacy = ControlGroup(version: 1, folders: ["/c/a", "/c"])
    let files = [
      "/g/a/cpu.max": "max 100000\n", "/g/cpu.max": "150000 100000\n", "/c/a/cpu.cfs_quota_us": "-1\n",
      "/c/a/cpu.cfs_period_us": "100000\n", "/c/cpu.cfs_quota_us": "50000\n", "/c/cpu.cfs_period_us": "100000\n",
    ]
    #expect(ControlGroup.processorShare(of: [unified]) { files[$0] } == 1.5)
    #expect(ControlGroup.processorShare(of: [legacy]) { files[$0] } == 0.5)
    #expect(ControlGroup.processorShare(of: [unified, legacy]) { files[$0] } == 0.5)
    #expect(ControlGroup.processorShare(of: [unified]) { _ in nil } == nil)
    #expect(ControlGroup.processorShare(of: [unified, legacy]) { _ in "max\n" } == nil)
    #expect(ControlGroup.processorShare(of: [unified]) { _ in "100000 0\n" } == nil)
    #expect(ControlGroup.processorShare(of: []) { files[$0] } == nil)
  }

  @Test(
    "threads are as many as cores and share allow, and never none",
    arguments: [(8, nil, 8), (8, 1.5, 2), (8, 0.1, 1), (2, 64, 2), (1, 1, 1)] as [(Int, Double?, Int)])
  func threads(cores: Int, share: Double?, expected: Int) {
    let hardware = Hardware(
      processor: "any", availableProcessors: 2 * cores, availableCores: cores, controlGroupProcessors: share,
      instructionSet: InstructionSet([]))
    #expect(hardware.suggestedThreads == expected)
  }

  @Test("this machine's hardware makes sense")
  func current() throws {
    let hardware = try Hardware.current()
    #expect(!hardware.processor.isEmpty)
    #expect(hardware.availableProcessors >= 1)
    #expect((1...hardware.availableProcessors).contains(hardware.availableCores))
    #expect((1...hardware.availableCores).contains(hardware.suggestedThreads))
    let set = hardware.instructionSet
    #expect(!set.contains(.avx512f) || set.contains(.avx2))
    #expect(!set.contains(.avx2) || set.contains(.avx))
  }
}
