internal import COneDNN
internal import ComputationGraph

/// A computation with its sizes and the implementation that oneDNN offers for it; an ``OneDNNPrimitive`` generates its
/// code.
@safe final class OneDNNPrimitiveDescription {
  let handle: dnnl_primitive_desc_t

  /// The first implementation in oneDNN's own order whose name is accepted, or nil where there is none.
  ///
  /// - Parameter operation: a `dnnl_…_desc_t`.
  static func first(
    for operation: UnsafeRawPointer, attributes: OneDNNAttributes, context: OneDNNContext,
    forwardHint: dnnl_primitive_desc_t? = nil, where accepts: (String) -> Bool = { _ in true }
  ) throws(KernelError) -> OneDNNPrimitiveDescription? {
    var iterator: dnnl_primitive_desc_iterator_t?
    let status = unsafe dnnl_primitive_desc_iterator_create(
      &iterator, operation, attributes.handle, context.engine, forwardHint)
    if status == dnnl_unimplemented { return nil }
    try KernelError.require(status, "look for an implementation")
    defer { unsafe dnnl_primitive_desc_iterator_destroy(iterator) }
    while true {
      guard let handle = unsafe dnnl_primitive_desc_iterator_fetch(iterator) else {
        throw KernelError("oneDNN could not describe an implementation")
      }
      let description = unsafe OneDNNPrimitiveDescription(handle: handle)
      if accepts(description.implementationName) { return description }
      let status = unsafe dnnl_primitive_desc_iterator_next(iterator)
      if status == dnnl_iterator_ends { return nil }
      try KernelError.require(status, "look for another implementation")
    }
  }

  /// A copy of a matrix from one memory layout to another.
  static func reorder(
    from source: dnnl_memory_desc_t, to destination: dnnl_memory_desc_t, context: OneDNNContext
  ) throws(KernelError) -> OneDNNPrimitiveDescription {
    var handle: dnnl_primitive_desc_t?
    var source = source
    var destination = destination
    unsafe try KernelError.require(
      dnnl_reorder_primitive_desc_create(
        &handle, &source, context.engine, &destination, context.engine, context.attributes.handle),
      "describe a change of layout")
    guard let handle = unsafe handle else { throw KernelError("oneDNN described no change of layout") }
    return unsafe OneDNNPrimitiveDescription(handle: handle)
  }

  private init(handle: dnnl_primitive_desc_t) {
    unsafe self.handle = handle
  }

  deinit {
    unsafe dnnl_primitive_desc_destroy(handle)
  }

  /// The implementation's name, for example `gemm:jit` or `brg:avx512_core`.
  var implementationName: String {
    var name: UnsafePointer<CChar>?
    let status = unsafe dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &name)
    guard status == dnnl_success, let name = unsafe name else { return "unknown" }
    return unsafe String(cString: name)
  }

  /// The layout of an argument, by `dnnl_query_…_md`; nil where there is none.
  func layout(_ query: dnnl_query_t) -> dnnl_memory_desc_t? {
    unsafe dnnl_primitive_desc_query_md(handle, query, 0)?.pointee
  }
}

/// A description of a product with an activation behind it.
struct OneDNNFusedDescription {
  let description: OneDNNPrimitiveDescription
  /// The activation where the implementation cannot apply it to the elements that it stores.
  let remaining: Activation?

  /// Nil where no implementation is accepted. The implementation is the one that is chosen without an activation, so
  /// that fused or not the product has the same bits; so has the activation.
  ///
  /// - Parameters:
  ///   - adds: whether the product is added to what its destination holds; there is no activation then.
  ///   - result: the type in which the product is stored. An activation behind a narrow one starts from the rounded
  ///     product; of all activations only ReLU gives the same bits before rounding.
  init?(
    for operation: UnsafeRawPointer, activation: Activation?, adds: Bool = false, result: ElementType,
    context: OneDNNContext, where accepts: (String) -> Bool
  ) throws(KernelError) {
    precondition(!adds || activation == nil, "an activation is applied to a whole product")
    let attributes = adds ? try OneDNNAttributes(accumulates: true) : context.attributes
    guard
      let plain = unsafe try OneDNNPrimitiveDescription.first(
        for: operation, attributes: attributes, context: context, where: accepts)
    else { return nil }
    let name = plain.implementationName
    let mayFuse = result == .float32 || activation == .relu
    if let activation, mayFuse, unsafe activation.ownForward(result) == nil {
      let fused = unsafe try OneDNNPrimitiveDescription.first(
        for: operation, attributes: OneDNNAttributes(activation: activation), context: context, where: { $0 == name })
      if let fused {
        description = fused
        remaining = nil
        return
      }
    }
    description = plain
    remaining = activation
  }
}

/// An implementation and, once it is bound to addresses, its code; it holds no data.
///
/// Generating code takes a hundred times as long as choosing an implementation, and a plan that is only looked at binds
/// none.
@safe final class OneDNNPrimitive {
  let implementationName: String
  /// Bytes of workspace that an execution needs, and the argument through which it gets them.
  let scratchpad: (byteCount: Int, memory: OneDNNMemory)?
  private var state: State

  @safe private enum State {
    case described(OneDNNPrimitiveDescription)
    case generated(dnnl_primitive_t)
  }

  init(_ description: OneDNNPrimitiveDescription, _ context: OneDNNContext) throws(KernelError) {
    state = .described(description)
    implementationName = description.implementationName
    if let layout = description.layout(dnnl_query_scratchpad_md), OneDNNLayout.byteCount(layout) > 0 {
      scratchpad = (OneDNNLayout.byteCount(layout), try OneDNNMemory(layout: layout, context: context))
    } else {
      scratchpad = nil
    }
  }

  /// The code, which ``generate()`` has made.
  var handle: dnnl_primitive_t {
    guard case .generated(let handle) = state else { preconditionFailure("bound before it was generated") }
    return unsafe handle
  }

  /// Generates the code, or finds it in oneDNN's own cache; nothing where that is done.
  func generate() throws(KernelError) {
    guard case .described(let description) = state else { return }
    var primitive: dnnl_primitive_t?
    unsafe try KernelError.require(
      dnnl_primitive_create(&primitive, description.handle), "generate \(implementationName)")
    guard let primitive = unsafe primitive else { throw KernelError("oneDNN generated no primitive") }
    unsafe state = .generated(primitive)
  }

  deinit {
    if case .generated(let handle) = state { unsafe dnnl_primitive_destroy(handle) }
  }
}

/// A layout with an address that can be changed: an argument of a primitive.
@safe final class OneDNNMemory {
  let handle: dnnl_memory_t

  init(layout: dnnl_memory_desc_t, context: OneDNNContext) throws(KernelError) {
    var layout = layout
    var handle: dnnl_memory_t?
    // A null address allocates nothing; the real ones are set before each execution.
    unsafe try KernelError.require(dnnl_memory_create(&handle, &layout, context.engine, nil), "describe memory")
    guard let handle = unsafe handle else { throw KernelError("oneDNN made no memory object") }
    unsafe self.handle = handle
  }

  deinit {
    unsafe dnnl_memory_destroy(handle)
  }
}
