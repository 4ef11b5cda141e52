import Checkpointing
import ComputationGraph

/// Fills in what follows from other keys, and checks what no key can check alone.
///
/// It works on a configuration of which some keys could not be read: a rule is left out where a key that it needs holds
/// a mistake.
struct ConsistencyCheck {
  let root: JSONNode
  let outcome: ObjectCodec<TrainingConfiguration>.Outcome
  var configuration: TrainingConfiguration
  var context: DecodingContext

  mutating func run(fileName: String) {
    if !outcome.given.contains("name") { configuration.name = runName(fileName) }
    settleStrategy()
    settleTaskAndLoss()
    checkSchedule()
    checkMicroBatchSize()
    checkFusedUpdates()
    checkStorage()
    checkNetwork()
  }

  private func isRead(_ key: String) -> Bool {
    !outcome.failed.contains(key)
  }

  private mutating func settleStrategy() {
    let hasBudget = configuration.activationBudget != nil || configuration.memoryBudget != nil
    if hasBudget, !outcome.given.contains("checkpoint") { configuration.checkpoint = .optimal }
  }

  private mutating func settleTaskAndLoss() {
    guard isRead("data"), isRead("loss") else { return }
    let isTaskGiven = root["data"]?["task"] != nil
    let isLossGiven = outcome.given.contains("loss")
    if !isTaskGiven, isLossGiven { configuration.data.source.task = task(for: configuration.loss) }
    let task = configuration.data.source.task
    if !isLossGiven {
      configuration.loss =
        switch task {
        case .regression: .meanSquaredError
        case .classification: .softmaxCrossEntropy
        case .multilabel: .binaryCrossEntropy
        }
    }
    // Class indices are no targets of another loss, and nothing but class indices is of this one.
    guard (configuration.loss == .softmaxCrossEntropy) != (task == .classification) else { return }
    let others =
      "\"meanSquaredError\", \"meanAbsoluteError\", \"huber\", \"binaryCrossEntropy\" or \"halfSquaredError\""
    context.inside("loss") {
      $0.report(
        "found \"\(configuration.loss.name)\" for the task \"\(task.rawValue)\", allowed: "
          + (task == .classification ? "\"softmaxCrossEntropy\"" : others),
        at: (root["loss"] ?? root).range)
    }
  }

  private func task(for loss: LossFunction) -> LearningTask {
    switch loss {
    case .softmaxCrossEntropy: return .classification
    case .binaryCrossEntropy:
      if case .synthetic = configuration.data.source { return .regression }
      return .multilabel
    case .meanSquaredError, .meanAbsoluteError, .huber, .halfSquaredError: return .regression
    }
  }

  private mutating func checkSchedule() {
    guard isRead("optimizer"), isRead("schedule") else { return }
    let rate = configuration.optimizer.learningRate
    guard case .cosine(let minimum) = configuration.learningRateSchedule.shape, minimum > rate else { return }
    context.path.steps = [.key("schedule"), .key("minimum")]
    context.report(
      "found \(minimum), and the optimizer's learningRate is \(rate), allowed: at most that",
      at: (root["schedule"]?["minimum"] ?? root).range)
    context.path.steps = []
  }

  private mutating func checkMicroBatchSize() {
    let training = configuration.training
    guard isRead("training"), let size = training.microBatchRows, size > training.batchSize else { return }
    reportMicroBatchSize("found \(size), and batchSize is \(training.batchSize), allowed: at most that")
  }

  /// What needs all gradients at once, or adds them up first, leaves none complete within the reverse pass.
  private mutating func checkFusedUpdates() {
    let training = configuration.training
    guard isRead("optimizer"), isRead("training"), configuration.optimizer.fused else { return }
    var found: String?
    if case .norm? = training.gradientClip {
      found = "training.gradientClip.norm, which is of all gradients at once"
    } else if let size = training.microBatchRows, size < training.batchSize {
      found = "micro-batches of \(size), whose gradients are added up first"
    }
    guard let found else { return }
    context.path.steps = [.key("optimizer"), .key("fused")]
    context.report(
      "found true with \(found), allowed: true without it, or false", at: (root["optimizer"]?["fused"] ?? root).range)
    context.path.steps = []
  }

  /// What is kept in fewer bytes than it is computed in must be computed in float32.
  private mutating func checkStorage() {
    guard isRead("precision"), isRead("storage"), configuration.storage == .bfloat16 else { return }
    let reason: String
    switch configuration.precision {
    case .float32: return
    case .bfloat16: reason = "\"bfloat16\", in which activations have these bytes already"
    case .float64: reason = "\"float64\", which is there for its digits"
    }
    context.path.steps = [.key("storage")]
    context.report(
      "found \"bfloat16\" with the precision \(reason), allowed: \"float32\", which keeps them as they are computed; "
        + "or the precision \"float32\"", at: (root["storage"] ?? root).range)
    context.path.steps = []
  }

  private mutating func reportMicroBatchSize(_ sentence: String) {
    context.path.steps = [.key("training"), .key("microBatchSize")]
    context.report(sentence, at: (root["training"]?["microBatchSize"] ?? root).range)
    context.path.steps = []
  }

  private mutating func checkNetwork() {
    let synthetic: SyntheticSource? =
      if isRead("data"), case .synthetic(let source) = configuration.data.source { source } else { nil }
    let areOutputsGiven = root["data"]?["outputs"] != nil
    let batchSize = isRead("training") ? configuration.training.batchSize : 1
    var network = NetworkCheck(root: root, batchSize: batchSize, context: context)
    let width = network.check(
      inputFeatures: synthetic?.features, outputs: areOutputsGiven ? synthetic?.outputs : nil, task: synthetic?.task)
    let firstBatchNorm = network.shapes.firstBatchNorm
    context = network.shapes.context
    if isRead("training"), batchSize == 1, let firstBatchNorm {
      context.path.steps = [.key("training"), .key("batchSize")]
      context.report(
        "found 1, and \(firstBatchNorm) is a batch norm, allowed: at least 2 with batch norm",
        at: (root["training"]?["batchSize"] ?? root).range)
      context.path.steps = []
    }
    if isRead("training"), batchSize > 1, configuration.training.microBatchRows == 1, let firstBatchNorm {
      reportMicroBatchSize("found 1, and \(firstBatchNorm) is a batch norm, allowed: at least 2 with batch norm")
    }
    guard var source = synthetic else { return }
    if !areOutputsGiven, let width {
      source.outputs = width
      configuration.data.source = .synthetic(source)
    }
    checkSamples(source)
  }

  private mutating func checkSamples(_ source: SyntheticSource) {
    let columns = max(source.features, source.task == .classification ? 1 : source.outputs)
    let elements = saturatingProduct(source.samples, columns)
    guard elements > Limits.elements else { return }
    context.path.steps = [.key("data"), .key("samples")]
    context.report(
      "found \(source.samples), and with \(columns) columns that makes \(elements) elements, allowed: at most "
        + "\(Limits.elements) elements", at: (root["data"]?["samples"] ?? root).range)
    context.path.steps = []
  }
}

/// What a run is called after its file: the file's name without folder and extension.
private func runName(_ fileName: String) -> String {
  let file = fileName.split(separator: "/").last ?? ""
  let stem = file.lastIndex(of: ".").flatMap { $0 > file.startIndex ? file[..<$0] : nil } ?? file
  let scalars = stem.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(200)
  return scalars.isEmpty || stem == "-" ? "network" : String(String.UnicodeScalarView(scalars))
}
