package import ArenaMemory

/// `sha256:` and 64 hexadecimal digits over all parameters in order, as little-endian float32.
package func parametersDigest<Element>(of storage: ParameterStorage<Element>) throws(ArenaMemoryError) -> String {
  var hash = SHA256()
  for index in storage.parameters.indices {
    hash.update(littleEndianBytes(of: try storage.values(ofParameter: index).map { Float($0) }))
  }
  return "sha256:\(hash.finish().hexadecimal)"
}
