package import Checkpointing
package import ComputationGraph

/// All that one run is told: the data, the network, the loss, the optimizer and how long to train.
///
/// Each property carries the default that stands where a configuration file says nothing. A value read by
/// ``readConfiguration(bytes:fileName:overrides:)`` keeps every bound named here; one built in code is not checked.
package struct TrainingConfiguration: Hashable, Sendable {
  /// The run's name in reports; the configuration file's name without its extension unless given.
  package var name: String
  /// Where every random number of the run comes from, at most 2^63 - 1; 0 unless given.
  package var seed: UInt64 = 0
  /// The type of parameters, activations and gradients; float32 unless given.
  package var precision: ElementType = .float32
  package var data: DataConfiguration
  package var model: ModelConfiguration
  /// What suits the task unless given: mean squared error, softmax cross-entropy or binary cross-entropy.
  package var loss: LossFunction
  /// Adam unless given.
  package var optimizer: OptimizerConfiguration = .adam(AdamParameters())
  /// Constant, without warm-up, unless given.
  package var learningRateSchedule = LearningRateSchedule()
  package var training = TrainingParameters()
  /// Which activations are kept; unless given `none`, and `optimal` where there is a budget.
  package var checkpoint: Strategy = .none
  /// Bytes of the activation arena: at most so many are taken, whatever the strategy. Nil stands for no bound.
  package var activationBudget: ByteSize?
  /// Peak resident bytes of the whole process; nil stands for no bound.
  package var memoryBudget: MemoryBudget?
  /// What the planner takes a stage to cost; measured unless given.
  package var costs: StageCosts = .measured
  /// The form in which activations are kept; as computed unless given.
  package var storage: ActivationStorage = .float32
  /// Whether the system is asked for huge pages behind the arena, parameters, gradients and optimizer state, or for
  /// none.
  package var hugePages = true
  /// Threads the run computes with; nil stands for all that the process may use.
  package var threads: Int?

  package init(name: String, data: DataConfiguration, model: ModelConfiguration, loss: LossFunction) {
    self.name = name
    self.data = data
    self.model = model
    self.loss = loss
  }
}

/// Where the planner takes a stage's cost from.
package enum StageCosts: String, Hashable, Sendable, CaseIterable {
  /// Seconds, measured on this machine before planning.
  case measured
  /// Floating-point operations, the same on every machine.
  case flops
}

/// The form in which a float32 network's activations are kept between the forward and the reverse pass. Networks of
/// other precisions keep theirs as they are, which is `float32`'s meaning: as computed.
package enum ActivationStorage: String, Hashable, Sendable, CaseIterable {
  case float32
  case bfloat16
}
