import Configuration
import CostModel
import Kernels
import Reporting
import SystemCalls
import TestSupport
import Testing
import Training

@Suite struct DoctorTests {
  private func report(passes: Bool = true) -> DoctorReport {
    var check = CheckTableTests.report()
    if !passes { check.strategies[0].firstDifference = .init(place: "layers.0.weight", entry: 3) }
    return DoctorReport(
      version: "1.2.3", machine: SampleReports.machine,
      hardware: Hardware(
        processor: "Example 7 at 3 GHz", availableProcessors: 4, availableCores: 2, controlGroupProcessors: 1.5,
        instructionSet: InstructionSet([.avx, .avx2, .fma])),
      waitingThreads: WaitingThreads(spinCount: WaitingThreads.busySpinCount),
      memory: MemoryLimits(
        totalBytes: 8 << 30, availableBytes: 5 << 30,
        controlGroup: ControlGroupMemory(folder: "/sys/fs/cgroup/x", limitBytes: 2 << 30, availableBytes: 1 << 30),
        addressSpaceBytes: nil, usedAddressSpaceBytes: 1 << 28),
      automaticBudgetBytes: 1_020_000_000, hugePages: HugePages(mode: .madvise, byteCount: 2 << 20),
      limits: MachineLimits(productGigaflops: 480, memoryGigabytesPerSecond: 41.5, barrierMicroseconds: 1.25),
      kernels: DoctorReport.Kernels(
        tableHash: "0123456789abcdef", tunedClassCount: 1, path: "/home/someone/.cache/bptrain/kernels-00.txt",
        tuning: [
          KernelTuner.Measurement(
            productClass: ProductClass(.weightGradient, threads: 2, batch: 1024, units: 2048, inputs: 2048),
            method: .weightGradient, gigaflops: 492, shippedGigaflops: 443)
        ]),
      check: check)
  }

  @Test func tableAndDocument() throws {
    let table = try differenceFromGolden(doctorTable(of: report()), "Golden/doctor.txt")
    #expect(table == nil)
    let text = try differenceFromGolden(document(of: report()).text(.pretty) + "\n", "Golden/doctor.json")
    #expect(text == nil)
  }

  @Test func whatIsWrongIsSaid() {
    let table = doctorTable(of: report(passes: false))
    #expect(table.contains("layers.0.weight") && !table.contains("compute right"))
  }

  @Test func littleMemoryIsNotMeasured() {
    var report = report()
    report.limits = nil
    report.memory = MemoryLimits(
      totalBytes: 1 << 28, availableBytes: 1 << 27, controlGroup: nil, addressSpaceBytes: 1 << 28,
      usedAddressSpaceBytes: 1 << 26)
    report.hugePages = nil
    let table = doctorTable(of: report)
    #expect(table.contains("not measured") && table.contains("no limit") && table.contains("256.0 MiB"))
    #expect(document(of: report)["rates"] == .null)
  }

  @Test(arguments: [
    ("always [madvise] never\n", HugePages.Mode.madvise), ("[always] madvise never", .always),
    ("always madvise [never]", .never), ("", nil), ("always madvise never", nil), ("[sometimes]", nil),
  ])
  func modesAreRead(text: String, mode: HugePages.Mode?) {
    #expect(HugePages.mode(in: text) == mode)
  }
}
