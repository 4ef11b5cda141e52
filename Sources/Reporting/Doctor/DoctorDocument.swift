package import Configuration
import CostModel
import Kernels
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
    "waitingThreads": report.waitingThreads.setting.map(JSONValue.string) ?? .null,
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
    "kernelTable": [
      "hash": .string(report.kernels.tableHash), "tunedProducts": .integer(report.kernels.tunedClassCount),
      "file": report.kernels.path.map(JSONValue.string) ?? .null,
    ],
    "tuning": report.kernels.tuning.map { .array($0.map(tuningDocument)) } ?? .null,
    "check": document(of: report.check)["check"] ?? .null,
  ]
}

private func tuningDocument(_ found: KernelTuner.Measurement) -> JSONValue {
  let product = found.productClass
  return [
    "product": .string(product.direction.rawValue), "threads": .integer(product.threads),
    "batch": .integer(product.batch), "units": .integer(product.units), "inputs": .integer(product.inputs),
    "method": .string(found.method.rawValue), "flopsPerSecond": .number(found.gigaflops * 1e9),
    "shippedFlopsPerSecond": .number(found.shippedGigaflops * 1e9),
  ]
}
