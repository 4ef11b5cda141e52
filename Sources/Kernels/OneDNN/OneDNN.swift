internal import COneDNN
package import SystemCalls

/// Facts about the kernel library on this machine.
package enum OneDNN {
  /// The version of the library that is loaded, for example `2.6.3`.
  package static var version: String {
    guard let version = unsafe dnnl_version() else { return "unknown" }
    return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.patch)"
  }

  /// Lets what the library prints, as under `ONEDNN_VERBOSE`, go to standard error: standard output is for results.
  package static func keepOffStandardOutput() { bptrainKeepLibrariesOffStandardOutput() }

  /// The instruction set that oneDNN generates code for: what the processor has, and at most what the environment
  /// variable `ONEDNN_MAX_CPU_ISA` allows.
  package static var instructionSet: InstructionSet {
    InstructionSet(bits: dnnl_get_effective_cpu_isa().rawValue)
  }

  /// The name of ``instructionSet``, for example `AVX2`.
  package static var instructionSetName: String { instructionSet.name }

  /// Lets go of generated code that no primitive uses; oneDNN keeps that of the last 1024 otherwise.
  static func emptyPrimitiveCache() {
    var capacity: CInt = 0
    guard unsafe dnnl_get_primitive_cache_capacity(&capacity) == dnnl_success else { return }
    _ = dnnl_set_primitive_cache_capacity(0)
    _ = dnnl_set_primitive_cache_capacity(capacity)
  }

  /// C = A B, all `size` x `size` and row-major, by `dnnl_sgemm`: a mark of what the machine's arithmetic reaches. No
  /// kernel here uses it (see ``OneDNNProduct``).
  package static func multiplySquare(
    _ a: MemoryAddress, _ b: MemoryAddress, into c: MemoryAddress, size: Int
  ) throws(KernelError) {
    let plain = CChar(UInt8(ascii: "N"))
    let n = Int64(size)
    unsafe try KernelError.require(
      dnnl_sgemm(plain, plain, n, n, n, 1, a.floats, n, b.floats, n, 0, c.floats, n), "multiply matrices")
  }

  /// oneDNN's name of an instruction set, and what the choice of kernels depends on.
  package struct InstructionSet: Hashable, Sendable {
    let bits: UInt32

    /// Whether oneDNN has its `brgemm` kernels for float32 here. Where it has not, products go to its older
    /// `gemm:jit`.
    package var hasAVX512: Bool { bits & Self.avx512CoreBit != 0 }

    /// Whether the processor has AVX2, with its fused multiply-adds.
    var hasAVX2: Bool { bits & Self.avx2Bit != 0 }

    /// Whether products of bfloat16 matrices have instructions of their own. Where they have not, the matrices are
    /// widened and multiplied in float32.
    package var multipliesBFloat16: Bool { bits & Self.avx512BFloat16Bit != 0 }

    package var name: String {
      switch dnnl_cpu_isa_t(rawValue: bits) {
      case dnnl_cpu_isa_sse41: "SSE4.1"
      case dnnl_cpu_isa_avx: "AVX"
      case dnnl_cpu_isa_avx2: "AVX2"
      case dnnl_cpu_isa_avx2_vnni: "AVX2 VNNI"
      case dnnl_cpu_isa_avx512_mic: "AVX-512 MIC"
      case dnnl_cpu_isa_avx512_mic_4ops: "AVX-512 MIC 4OPS"
      case dnnl_cpu_isa_avx512_core: "AVX-512"
      case dnnl_cpu_isa_avx512_core_vnni: "AVX-512 VNNI"
      case dnnl_cpu_isa_avx512_core_bf16: "AVX-512 BF16"
      case dnnl_cpu_isa_avx512_core_amx: "AVX-512 AMX"
      default: bits == 0 ? "baseline" : "instruction set 0x\(String(bits, radix: 16))"
      }
    }

    /// The values of `dnnl_cpu_isa_t` are sets of bits, each containing those of the sets below it; this is the one
    /// that `avx512_core` adds and all its successors contain.
    private static let avx512CoreBit: UInt32 = 0x20
    /// The same of `avx2`.
    private static let avx2Bit: UInt32 = 0x4
    /// The same of `avx512_core_bf16`.
    private static let avx512BFloat16Bit: UInt32 = 0x80
  }
}

extension KernelError {
  /// Throws where a oneDNN call has failed, saying at what and why.
  static func require(_ status: dnnl_status_t, _ task: @autoclosure () -> String) throws(KernelError) {
    guard status != dnnl_success else { return }
    throw KernelError("oneDNN could not \(task()): \(statusName(status))")
  }

  /// oneDNN's name of a status code.
  static func statusName(_ status: dnnl_status_t) -> String {
    guard let name = unsafe dnnl_status2str(status) else { return "status \(status.rawValue)" }
    return unsafe String(cString: name)
  }
}
