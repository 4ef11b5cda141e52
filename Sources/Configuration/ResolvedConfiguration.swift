/// A configuration with every default written out. Read again it gives an equal configuration.
///
/// Keys stand in the order of the tables; what may be left open and is, such as `threads`, is null.
package func resolvedJSON(of configuration: TrainingConfiguration) -> JSONValue {
  .object(ConfigurationKeys.object.encode(configuration))
}

/// The JSON Schema (2020-12) of the configuration file, made of the tables that the decoder reads by.
package func configurationSchema() -> JSONValue {
  let document: [JSONMember] = [
    JSONMember("$schema", "https://json-schema.org/draft/2020-12/schema"),
    JSONMember("title", "bptrain configuration"),
  ]
  let object = ConfigurationKeys.object.schema().members ?? []
  return .object(document + object + [JSONMember("$defs", ["layer": LayerKeys.layer.schema])])
}
