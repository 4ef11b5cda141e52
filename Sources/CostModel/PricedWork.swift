package import ComputationGraph
package import ExecutionPlanning

/// One kind of execution in a plan: what is computed, where the operands come from, and how often.
package struct PricedWork: Hashable, Sendable {
  package let key: CostKey
  package let operation: Operator
  package let inputs: [Shape]
  /// Executions in one iteration.
  package var count: Int
  /// Seconds of one execution; nil where they are not known.
  package var seconds: Double?

  package init(key: CostKey, operation: Operator, inputs: [Shape], count: Int, seconds: Double? = nil) {
    self.key = key
    self.operation = operation
    self.inputs = inputs
    self.count = count
    self.seconds = seconds
  }

  /// Seconds by operation count.
  package func countedSeconds(_ rates: OperationRates) -> Double {
    rates.seconds(operation, inputs: inputs, elementType: key.signature.elementType)
  }
}

/// The works of a plan, each once, in the order of their first execution.
package struct PlanWorks: Hashable, Sendable {
  package var works: [PricedWork]
  /// By instruction: the index of its work.
  package let workOfInstruction: [Int]

  /// - Parameter residence: where the operands of the plan's instructions come from.
  package init(of plan: Plan, residence: OperandResidence) {
    var works: [PricedWork] = []
    var workOfInstruction: [Int] = []
    workOfInstruction.reserveCapacity(plan.instructions.count)
    var numbers: [CostKey: Int] = [:]
    for (index, instruction) in plan.instructions.enumerated() {
      let node = plan.graph.nodes[instruction.node]
      let inputs = plan.graph.inputShapes(of: node)
      let signature = CostSignature(
        node.operation, inputs: inputs, elementType: plan.graph.elementType,
        addsToOutputs: instruction.addsToOutputs)
      let key = CostKey(signature, coldOperands: residence.coldOperands[index])
      let number = numbers[key] ?? works.count
      if number == works.count {
        numbers[key] = number
        works.append(PricedWork(key: key, operation: node.operation, inputs: inputs, count: 0))
      }
      works[number].count += 1
      workOfInstruction.append(number)
    }
    self.works = works
    self.workOfInstruction = workOfInstruction
  }
}
