import ComputationGraph

/// The keys of a whole configuration file.
enum ConfigurationKeys {
  /// What stands for the data and the model until they are read.
  private static let unread = TrainingConfiguration(
    name: "", data: DataConfiguration(source: .npy(NPYSource(features: "", targets: "", task: .regression))),
    model: ModelConfiguration(layers: []), loss: .meanSquaredError)

  /// The keys that this version has: those of the table without the refused ones.
  static let object = ObjectCodec(unread, keys: table.filter { !Refusals.refuses(key: $0.name) })

  private static let table: [Key<TrainingConfiguration>] = [
    Key(
      name: "$schema", summary: "Where editors find this schema; not read.", presence: .annotation,
      allowed: ValueCodec<String>.text("an address").allowed, schema: ValueCodec<String>.text("an address").schema,
      decode: { node, _, context in ValueCodec<String>.text("an address").decode(node, &context) != nil },
      encode: { _ in .null }),
    Key(
      "name", \.name, .text("a name", maximum: 200), .derived,
      "The run's name in reports; the file's name without its extension unless given."),
    Key("seed", \.seed, .seed, .defaulted, "Where every random number of the run comes from."),
    Key(
      "precision", \.precision, .choice(), .defaulted,
      "Type of activations and of what products multiply. In bfloat16 parameters, gradients and sums are float32."),
    Key("data", \.data, DataKeys.source.codec, .required, "Where the samples come from."),
    Key("model", \.model, ModelKeys.object.codec(allowed: "an object with \"layers\""), .required, "The network."),
    Key(
      "loss", \.loss, LossKeys.codec, .derived,
      "The loss; unless given meanSquaredError for regression, softmaxCrossEntropy for classification, "
        + "binaryCrossEntropy for multilabel."),
    Key("optimizer", \.optimizer, OptimizerKeys.optimizer.codec, .defaulted, "How parameters are updated."),
    Key(
      "schedule", \.learningRateSchedule, ScheduleKeys.schedule.codec, .defaulted,
      "How the learning rate changes over the run."),
    Key("training", \.training, TrainingKeys.object.codec(allowed: "an object"), .defaulted, "How long to train."),
    Key(
      "checkpoint", \.checkpoint, .strategy, .defaulted,
      "Which activations are kept and which are recomputed; optimal where there is a budget and no strategy is given."),
    Key(
      optional: "activationBudget", \.activationBudget, .size,
      "Bytes of the activation arena; a percentage is of what keeping everything takes, min the least feasible."),
    Key(
      optional: "memoryBudget", \.memoryBudget, .memoryBudget,
      "Peak resident bytes of the whole process; a percentage is of what it needs when everything is kept, min the least "
        + "feasible, auto what control groups, the machine's available memory and the limit on addresses leave, less "
        + "a sixteenth and 16 MiB."),
    Key(
      "costs", \.costs, .choice(), .defaulted,
      "What the planner takes a stage to cost: seconds measured on this machine, or operation and byte counts, so that "
        + "a plan is a function of the configuration alone."),
    Key(
      "storage", \.storage, .choice(), .defaulted,
      "The form in which a float32 network's activations are kept for the reverse pass; in bfloat16 they are rounded while "
        + "they are kept, and take half the bytes."),
    Key(
      "hugePages", \.hugePages, .boolean, .defaulted,
      "Whether the system is asked for huge pages behind arena, parameters, gradients and optimizer state; false asks for "
        + "none."),
    Key(
      optional: "threads", \.threads, .integer(1...Limits.threads),
      "Threads to compute with; null stands for all that the process may use."),
  ]
}
