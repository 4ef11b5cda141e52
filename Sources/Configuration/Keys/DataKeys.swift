/// The kinds of data sources and their keys.
enum DataKeys {
  static let source = VariantCodec<DataConfiguration>([
    Variant(
      "csv", withSplit(csv), wrap: { $0.configuration(DataSource.csv) },
      unwrap: { if case .csv(let source) = $0.source { Described(source, $0) } else { nil } }),
    Variant(
      "npy", withSplit(npy), wrap: { $0.configuration(DataSource.npy) },
      unwrap: { if case .npy(let source) = $0.source { Described(source, $0) } else { nil } }),
    Variant(
      "synthetic", withSplit(synthetic), wrap: { $0.configuration(DataSource.synthetic) },
      unwrap: { if case .synthetic(let source) = $0.source { Described(source, $0) } else { nil } }),
  ])

  /// A source's own keys beside those that every source has.
  struct Described<Source: Sendable>: Sendable {
    var source: Source
    var split = Split()

    init(_ source: Source) {
      self.source = source
    }

    init(_ source: Source, _ data: DataConfiguration) {
      self.source = source
      split = Split(validationFraction: data.validationFraction, standardize: data.standardize)
    }

    func configuration(_ wrap: (Source) -> DataSource) -> DataConfiguration {
      DataConfiguration(
        source: wrap(source), validationFraction: split.validationFraction, standardize: split.standardize)
    }
  }

  struct Split {
    var validationFraction = 0.0
    var standardize = false
  }

  private static func withSplit<Source>(_ object: ObjectCodec<Source>) -> ObjectCodec<Described<Source>> {
    ObjectCodec(
      Described(object.initial),
      keys: object.keys.map { $0.lifted(through: \.source) } + split.map { $0.lifted(through: \.split) },
      check: { owner, node, context in object.check(owner.source, node, &context) })
  }

  private static let split: [Key<Split>] = [
    Key(
      "validationFraction", \.validationFraction, .number(from: 0, below: 1), .defaulted,
      "Share of the samples held back for validation."),
    Key(
      "standardize", \.standardize, .boolean, .defaulted,
      "Whether features are brought to mean 0 and deviation 1 by the training samples' figures."),
  ]

  private static let taskSummary =
    "What is learned; what the loss calls for unless given: classification with softmaxCrossEntropy, multilabel with "
    + "binaryCrossEntropy, else regression."

  private static let csv = ObjectCodec(
    CSVSource(path: "", targets: [], task: .regression),
    keys: [
      Key("path", \.path, .path, .required, "The file, from the configuration's folder."),
      Key("target", \.targets, targets, .required, "Name of the target column, or a list of names."),
      Key("task", \.task, .choice(), .derived, taskSummary),
      Key("header", \.header, .boolean, .defaulted, "Whether the first line names the columns."),
    ])

  private static let npy = ObjectCodec(
    NPYSource(features: "", targets: "", task: .regression),
    keys: [
      Key("features", \.features, .path, .required, "File of an array [samples, features]."),
      Key("targets", \.targets, .path, .required, "File of an array [samples, outputs] or [samples]."),
      Key("task", \.task, .choice(), .derived, taskSummary),
    ])

  private static let synthetic = ObjectCodec(
    SyntheticSource(samples: 0, features: 0, task: .regression, outputs: 0),
    keys: [
      Key("samples", \.samples, .integer(1...Limits.samples), .required, "Number of samples drawn."),
      Key("features", \.features, .integer(1...Limits.width), .required, "Features of each sample."),
      Key(
        "task", \.task, .choice(except: [LearningTask.multilabel.rawValue]), .derived,
        "What is learned; classification with softmaxCrossEntropy, else regression, unless given."),
      Key(
        "outputs", \.outputs, .integer(1...Limits.width), .derived,
        "Targets of each sample, or the number of classes; the network's own width unless given."),
      Key("seed", \.seed, .seed, .defaulted, "Seed of the samples and of the teacher network that labels them."),
      Key("noise", \.noise, .number(from: 0), .defaulted, "Deviation of what is added to the teacher's outputs."),
    ])

  /// One name, or a list of distinct names.
  static let targets: ValueCodec<[String]> = {
    let name = ValueCodec<String>.text("a column name")
    let allowed = "a column name or a list of distinct ones"
    return ValueCodec(
      allowed: allowed,
      schema: {
        ["anyOf": [name.schema(), ["type": "array", "minItems": 1, "uniqueItems": true, "items": name.schema()]]]
      },
      decode: { node, context in
        switch node.content {
        case .string: return name.decode(node, &context).map { [$0] }
        case .array(let elements):
          guard !elements.isEmpty else {
            context.report("found an empty list, allowed: \(allowed)", at: node.range)
            return nil
          }
          var names: [String] = []
          var seen: Set<String> = []
          for (index, element) in elements.enumerated() where !context.findings.isFull {
            let read: String? = context.inside(index) { context in
              guard let read = name.decode(element, &context) else { return nil }
              guard seen.insert(read).inserted else {
                context.report("found \(context.found(element)) again, allowed: each column once", at: element.range)
                return nil
              }
              return read
            }
            if let read { names.append(read) }
          }
          return names.count == elements.count ? names : nil
        case .invalid: return nil
        case .null, .bool, .integer, .number, .object:
          context.report(node, allowed: allowed)
          return nil
        }
      },
      encode: { names in names.count == 1 ? .string(names[0]) : .array(names.map { .string($0) }) })
  }()
}
