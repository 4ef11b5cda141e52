internal import COneDNN
internal import ComputationGraph

/// The processor, as oneDNN has it.
@safe final class OneDNNEngine {
  let handle: dnnl_engine_t

  init() throws(KernelError) {
    var handle: dnnl_engine_t?
    unsafe try KernelError.require(dnnl_engine_create(&handle, dnnl_cpu, 0), "open its processor engine")
    guard let handle = unsafe handle else { throw KernelError("oneDNN made no processor engine") }
    unsafe self.handle = handle
  }

  deinit {
    unsafe dnnl_engine_destroy(handle)
  }
}

/// The engine and the stream (the calling thread) that every oneDNN call needs.
@safe final class OneDNNContext {
  let engine: OneDNNEngine
  let stream: dnnl_stream_t
  /// What all primitives here are made with: the scratchpad is the caller's.
  let attributes: OneDNNAttributes
  /// Runs own kernels among oneDNN's.
  let team: ThreadTeam
  let table: KernelTable

  /// - Parameter engine: code runs in streams of the engine that it was made with.
  init(team: ThreadTeam, table: KernelTable, engine: OneDNNEngine) throws(KernelError) {
    self.team = team
    self.table = table
    self.engine = engine
    attributes = try OneDNNAttributes()
    var stream: dnnl_stream_t?
    unsafe try KernelError.require(
      dnnl_stream_create(&stream, engine.handle, dnnl_stream_default_flags.rawValue), "open a stream")
    guard let stream = unsafe stream else { throw KernelError("oneDNN made no stream") }
    unsafe self.stream = stream
  }

  deinit {
    unsafe dnnl_stream_destroy(stream)
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
