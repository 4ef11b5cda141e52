package import Checkpointing
package import ExecutionPlanning
package import Training

/// What a report of a plan tells beyond that of a run: the plan itself, and why each activation is kept or not.
package struct PlanDetails: Sendable {
  /// The plan of a full batch.
  package var plan: Plan
  package var chain: Chain
  /// By stage.
  package var explanations: [StageExplanation]
  /// By stage.
  package var marginalValues: [MarginalValue]
  /// What is certain of its time.
  package var certificate: TimeCertificate
  /// The schedule of least bytes, and the budget, nil where there is none.
  package var smallestSchedule: Schedule
  package var budgetBytes: Int?

  package init(_ plans: TrainingPlans) {
    self.init(
      plan: plans.training, schedule: plans.schedule, chain: plans.chain, certificate: plans.certificate,
      smallestSchedule: plans.smallestSchedule, budgetBytes: plans.activationBudgetBytes)
  }

  package init(
    plan: Plan, schedule: Schedule, chain: Chain, certificate: TimeCertificate, smallestSchedule: Schedule,
    budgetBytes: Int?
  ) {
    self.plan = plan
    self.chain = chain
    self.certificate = certificate
    self.smallestSchedule = smallestSchedule
    self.budgetBytes = budgetBytes
    explanations = explain(schedule, on: chain)
    marginalValues = Checkpointing.marginalValues(of: explanations, on: chain)
  }
}

/// A run of neighbouring stages of which the same is told.
struct ExplainedRun: Hashable {
  var stages: Range<Int>
  /// Bytes that the first execution of one stage keeps: its input and values inside it, and its output where no later
  /// stage keeps that as its input.
  var keptBytes: Int
  /// The name of the form in which it is kept when it is reversed, nil where it is reversed from its input and output.
  var formName: String?
  var explanation: StageExplanation
  var marginalValue: MarginalValue
}

extension PlanDetails {
  /// The stages in runs, in order.
  var explainedRuns: [ExplainedRun] {
    var runs: [ExplainedRun] = []
    for (stage, explanation) in explanations.enumerated() {
      let run = ExplainedRun(
        stages: stage..<stage + 1, keptBytes: keptBytes(ofStage: stage),
        formName: explanation.form.map { chain.stages[stage].forms[$0].name }, explanation: explanation,
        marginalValue: marginalValues[stage])
      if let last = runs.last, last.isContinued(by: run) {
        runs[runs.count - 1].stages = last.stages.lowerBound..<stage + 1
      } else {
        runs.append(run)
      }
    }
    return runs
  }

  private func keptBytes(ofStage stage: Int) -> Int {
    let explanation = explanations[stage]
    switch explanation.firstKeep {
    case .nothing: return 0
    case .checkpoint: return chain.keptBoundaryBytes(stage)
    case .residuals:
      let numbers = chain.stages[stage]
      let form = explanation.form.map { numbers.forms[$0] }
      // As the next stage's input it is told there, where that one keeps it.
      let isLast = stage == chain.count - 1 || explanations[stage + 1].firstKeep == .nothing
      let outputBytes = isLast && form?.holdsOutput == true ? numbers.keptOutputBytes : 0
      let holdsInput = numbers.readsInput && form?.holdsInput != false
      return (form?.byteCount ?? 0) + outputBytes
        + (holdsInput && (form?.holdsDerivedInput == true || !inputIsDerived(ofStage: stage))
          ? chain.keptBoundaryBytes(stage) : 0)
    }
  }

  /// Whether the stage before is kept in a form from which this one's input can be evaluated again.
  private func inputIsDerived(ofStage stage: Int) -> Bool {
    guard stage > 0, explanations[stage - 1].firstKeep == .residuals, let form = explanations[stage - 1].form else {
      return false
    }
    return chain.stages[stage - 1].forms[form].derivesOutput
  }
}

extension ExplainedRun {
  fileprivate func isContinued(by next: ExplainedRun) -> Bool {
    keptBytes == next.keptBytes && formName == next.formName && explanation == next.explanation
      && marginalValue == next.marginalValue
  }

  /// Why, in a sentence without a full stop; without the numbers of stages where it stands for several runs.
  func reason(naming names: Bool) -> String {
    switch explanation.reason {
    case .lastSegment: return "held until reversed, as all later ones are"
    case .keptThroughout: return "held while later stages run again"
    case .restartValue(let last):
      guard names else { return "held to run stages again from it" }
      return stages.lowerBound == last
        ? "held to run the stage again" : "held to run stages \(stages.lowerBound)-\(last) again"
    case .recomputed(let start): return "again from the input of \(names ? "stage \(start)" : "a stage before it")"
    case .boundaryValuesSuffice: return "input and output are live when it is reversed"
    case .keptInPart(let products):
      return "in part; its reverse step runs \(counted(products, "product")) again"
    }
  }
}
