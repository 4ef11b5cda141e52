internal import COneDNN
internal import ComputationGraph

/// The engine (the processor) and the stream (the calling thread) that every oneDNN call needs.
@safe final class OneDNNContext {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  /// What all primitives here are made with: the scratchpad is the caller's.
  let attributes: OneDNNAttributes
  /// Runs own kernels among oneDNN's.
  let team: ThreadTeam
  let table: KernelTable

  init(team: ThreadTeam, table: KernelTable) throws(KernelError) {
    self.team = team
    self.table = table
    attributes = try OneDNNAttributes()
    var engine: dnnl_engine_t?
    unsafe try KernelError.require(dnnl_engine_create(&engine, dnnl_cpu, 0), "open its processor engine")
    guard let engine = unsafe engine else { throw KernelError("oneDNN made no processor engine") }
    var stream: dnnl_stream_t?
    let status = unsafe dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
    guard status == dnnl_success, let stream = unsafe stream else {
      unsafe dnnl_engine_destroy(engine)
      throw KernelError("oneDNN could not open a stream: \(KernelError.statusName(status))")
    }
    unsafe self.engine = engine
    unsafe self.stream = stream
  }

  deinit {
    unsafe dnnl_stream_destroy(stream)
    unsafe dnnl_engine_destroy(engine)
  }
}

/// The attributes of a primitive: user-mode scratchpad, and what is done to each element of a product as it is stored.
@safe final class OneDNNAttributes {
  let handle: dnnl_primitive_attr_t

  /// - Parameters:
  ///   - accumulates: the product is added to what its destination holds.
  ///   - activation: is applied to the product.
  init(accumulates: Bool = false, activation: Activation? = nil) throws(KernelError) {
    var handle: dnnl_primitive_attr_t?
    unsafe try KernelError.require(dnnl_primitive_attr_create(&handle), "make primitive attributes")
    guard let handle = unsafe handle else { throw KernelError("oneDNN made no primitive attributes") }
    unsafe self.handle = handle
    unsafe try KernelError.require(
      dnnl_primitive_attr_set_scratchpad_mode(handle, dnnl_scratchpad_mode_user), "set the scratchpad mode")
    guard accumulates || activation != nil else { return }
    var operations: dnnl_post_ops_t?
    unsafe try KernelError.require(dnnl_post_ops_create(&operations), "make a list of post-operations")
    defer { unsafe dnnl_post_ops_destroy(operations) }
    if accumulates {
      unsafe try KernelError.require(dnnl_post_ops_append_sum(operations, 1), "append a sum")
    }
    if let activation {
      let function = activation.oneDNNForward
      unsafe try KernelError.require(
        dnnl_post_ops_append_eltwise(operations, 1, function.algorithm, function.alpha, 0),
        "append the activation \(activation.name)")
    }
    unsafe try KernelError.require(dnnl_primitive_attr_set_post_ops(handle, operations), "set post-operations")
  }

  deinit {
    unsafe dnnl_primitive_attr_destroy(handle)
  }
}
