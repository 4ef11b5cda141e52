internal import COneDNN
internal import ComputationGraph

/// Memory layouts of float32 matrices, as oneDNN describes them.
enum OneDNNLayout {
  /// Elements `rows` x `columns` in row-major memory.
  static func matrix(_ rows: Int, _ columns: Int) throws(KernelError) -> dnnl_memory_desc_t {
    try strided([rows, columns], [columns, 1])
  }

  static func matrix(_ shape: Shape) throws(KernelError) -> dnnl_memory_desc_t {
    try matrix(shape.rows, shape.columns)
  }

  /// Elements of any number of dimensions, each `strides` elements from the next.
  static func strided(_ sizes: [Int], _ strides: [Int]) throws(KernelError) -> dnnl_memory_desc_t {
    var layout = dnnl_memory_desc_t()
    unsafe try KernelError.require(
      dnnl_memory_desc_init_by_strides(
        &layout, Int32(sizes.count), sizes.map(Int64.init), dnnl_f32, strides.map(Int64.init)),
      "describe memory of \(sizes) elements")
    return layout
  }

  /// A layout that the primitive chooses.
  static func any(_ sizes: [Int]) throws(KernelError) -> dnnl_memory_desc_t {
    var layout = dnnl_memory_desc_t()
    unsafe try KernelError.require(
      dnnl_memory_desc_init_by_tag(
        &layout, Int32(sizes.count), sizes.map(Int64.init), dnnl_f32, dnnl_format_tag_any),
      "describe memory of \(sizes) elements")
    return layout
  }

  static func byteCount(_ layout: dnnl_memory_desc_t) -> Int {
    var layout = layout
    return unsafe dnnl_memory_desc_get_size(&layout)
  }
}
