internal import COneDNN
internal import ComputationGraph

/// Memory layouts of matrices, as oneDNN describes them.
enum OneDNNLayout {
  /// Elements `rows` x `columns` in row-major memory.
  static func matrix(
    _ rows: Int, _ columns: Int, _ type: ElementType = .float32
  ) throws(KernelError) -> dnnl_memory_desc_t {
    try strided([rows, columns], [columns, 1], type)
  }

  static func matrix(_ shape: Shape, _ type: ElementType = .float32) throws(KernelError) -> dnnl_memory_desc_t {
    try matrix(shape.rows, shape.columns, type)
  }

  /// Elements of any number of dimensions, each `strides` elements from the next.
  static func strided(
    _ sizes: [Int], _ strides: [Int], _ type: ElementType = .float32
  ) throws(KernelError) -> dnnl_memory_desc_t {
    var layout = dnnl_memory_desc_t()
    unsafe try KernelError.require(
      dnnl_memory_desc_init_by_strides(
        &layout, Int32(sizes.count), sizes.map(Int64.init), try type.oneDNNType, strides.map(Int64.init)),
      "describe memory of \(sizes) elements")
    return layout
  }

  /// A layout that the primitive chooses.
  static func any(_ sizes: [Int], _ type: ElementType = .float32) throws(KernelError) -> dnnl_memory_desc_t {
    var layout = dnnl_memory_desc_t()
    unsafe try KernelError.require(
      dnnl_memory_desc_init_by_tag(
        &layout, Int32(sizes.count), sizes.map(Int64.init), try type.oneDNNType, dnnl_format_tag_any),
      "describe memory of \(sizes) elements")
    return layout
  }

  static func byteCount(_ layout: dnnl_memory_desc_t) -> Int {
    var layout = layout
    return unsafe dnnl_memory_desc_get_size(&layout)
  }
}

extension ElementType {
  /// oneDNN's name of it.
  fileprivate var oneDNNType: dnnl_data_type_t {
    get throws(KernelError) {
      switch self {
      case .float32: dnnl_f32
      case .bfloat16: dnnl_bf16
      case .float64: throw KernelError("oneDNN does not compute in float64")
      }
    }
  }
}
