import Checkpointing

/// Reads a configuration file: parses it, applies the overrides in order, decodes it and checks it.
///
/// Throws every mistake that could be found in one run. Never fails otherwise, whatever the bytes.
package func readConfiguration(
  bytes: [UInt8], fileName: String, overrides: [ConfigurationOverride] = []
) throws(ConfigurationErrors) -> ParsedConfiguration {
  let sources =
    [SourceText(origin: .file(fileName), bytes: bytes)]
    + overrides.map { SourceText(origin: .option($0.option), bytes: Array($0.text.utf8)) }
  var context = DecodingContext(sources: sources)
  guard bytes.count <= Limits.fileBytes else {
    context.report(
      "found \(bytes.count) bytes, allowed: at most \(Limits.fileBytes)", at: SourceRange(text: 0, start: 0, end: 0))
    throw ConfigurationErrors(context.findings, sources: [SourceText(origin: .file(fileName), bytes: [])])
  }
  var parser = JSONParser(source: sources[0], index: 0)
  guard var root = parser.parseDocument() else { throw ConfigurationErrors(parser.findings, sources: sources) }
  context.findings = parser.findings
  for (index, override) in overrides.enumerated() {
    let value = override.value(in: sources[index + 1], index: index + 1)
    root.set(override.path[...], to: value, &context)
  }
  Refusals.apply(to: &root, &context)
  let (configuration, outcome) = ConfigurationKeys.object.decodePartially(root, &context)
  var check = ConsistencyCheck(root: root, outcome: outcome, configuration: configuration, context: context)
  check.run(fileName: fileName)
  guard check.context.findings.isEmpty else { throw ConfigurationErrors(check.context.findings, sources: sources) }
  return ParsedConfiguration(configuration: check.configuration, fileName: fileName, root: root, sources: sources)
}

/// A configuration and the places its values were read from.
package struct ParsedConfiguration: Sendable {
  package private(set) var configuration: TrainingConfiguration
  package let fileName: String
  private let root: JSONNode
  private let sources: [SourceText]

  init(configuration: TrainingConfiguration, fileName: String, root: JSONNode, sources: [SourceText]) {
    self.configuration = configuration
    self.fileName = fileName
    self.root = root
    self.sources = sources
  }

  /// The same with micro-batches of so many samples, chosen where the file leaves that open.
  package func settled(microBatchRows rows: Int) -> ParsedConfiguration {
    var settled = self
    settled.configuration.training.microBatchSize = .rows(rows)
    return settled
  }

  /// The configuration with every default written out.
  package var resolved: JSONValue { resolvedJSON(of: configuration) }

  /// What is wrong with the network for data of so many features and, where that is known, outputs: targets per sample,
  /// or the number of classes.
  package func checkShapes(inputFeatures: Int, outputs: Int?) -> [Diagnostic] {
    var network = NetworkCheck(
      root: root, batchSize: configuration.training.batchSize, context: DecodingContext(sources: sources))
    _ = network.check(inputFeatures: inputFeatures, outputs: outputs, task: configuration.data.source.task)
    return network.shapes.context.findings.diagnostics(sources: sources)
  }

  /// The resolved configuration for a file in another folder: all paths absolute.
  ///
  /// - Parameter folder: where relative paths of this process start from.
  package func resolvedAnywhere(from folder: String) -> JSONValue {
    func absolute(_ path: String) -> String {
      let path = resolvedPath(path)
      return path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
    var moved = configuration
    moved.data.source = moved.data.source.withPaths(absolute)
    if case .file(let path) = moved.checkpoint { moved.checkpoint = .file(absolute(path)) }
    return resolvedJSON(of: moved)
  }

  /// A path of the configuration as the process can open it: relative ones are meant from the file's folder.
  package func resolvedPath(_ path: String) -> String {
    guard !path.hasPrefix("/"), let slash = fileName.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(fileName[...slash]) + path
  }
}
