package import Configuration
import CostModel
import SystemCalls
import Training

/// The JSON document of what a machine gives, format version 1.
package func document(of report: DoctorReport) -> JSONValue {
  let (hardware, memory) = (report.hardware, report.memory)
  return [
    "formatVersion": 1, "command": "doctor", "version": .string(report.version),
    "machine": machineDocument(report.machine),
    "processors": [
      "available": .integer(hardware.availableProcessors), "cores": .integer(hardware.availableCores),
      "controlGroup": number(hardware.controlGroupProcessors),
    ],
    "memory": [
      "totalBytes": .integer(memory.totalBytes), "availableBytes": .integer(memory.availableBytes),
      "controlGroup": memory.controlGroup.map { group in
        [
          "folder": .string(group.folder), "limitBytes": .integer(group.limitBytes),
          "availableBytes": .integer(group.availableBytes),
        ]
      } ?? .null,
      "addressSpaceBytes": integer(memory.addressSpaceBytes),
      "automaticBudgetBytes": .integer(report.automaticBudgetBytes),
    ],
    "hugePages": report.hugePages.map { pages in
      ["mode": .string(pages.mode.rawValue), "bytes": integer(pages.byteCount)]
    } ?? .null,
    "rates": report.limits.map { limits in
      [
        "productFlopsPerSecond": .number(limits.productGigaflops * 1e9),
        "memoryBytesPerSecond": .number(limits.memoryGigabytesPerSecond * 1e9),
        "parallelRegionSeconds": .number(limits.barrierMicroseconds * 1e-6),
      ]
    } ?? .null,
    "check": document(of: report.check)["check"] ?? .null,
  ]
}
