import Checkpointing
import ComputationGraph
import ExecutionPlanning
import RandomNumbers
import TestSupport
import Testing

/// The plan's checker passes what the planner makes, and finds each kind of fault put into it.
@Suite struct PlanVerificationTests {
  @Test(arguments: 0..<100)
  func plansOfRandomNetworksAreRight(seed: UInt64) throws {
    let network = NetworkDescription.random(seed: seed, depth: 10, elementType: .float32)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    for (strategy, plan) in try PlannedHeightTests.plans(of: planner) {
      do throws(PlanViolation) { try plan.verify() } catch { Issue.record("seed \(seed), \(strategy): \(error)") }
    }
  }

  @Test func plansOfRandomSchedulesAreRight() throws {
    var found = 0
    for seed: UInt64 in 0..<100 {
      let network = NetworkDescription.random(seed: seed, depth: 10, elementType: .float32)
      let planner = try ChainOfNumbersTests.planner(network, rows: 16)
      var random = SplitMix64(seed: seed)
      for _ in 0..<5 {
        guard let schedule = Schedule.random(on: planner.chain, using: &random) else { continue }
        let plan = try planner.plan(for: schedule)
        do throws(PlanViolation) { try plan.verify() } catch { Issue.record("seed \(seed): \(error)") }
        found += 1
      }
    }
    #expect(found > 300)
  }

  /// A value's widened copy may stand for it where it is read, the copy before it is widened may not, nor may a copy be
  /// written instead of the value.
  @Test func findsFaultsOfRoundedCopies() throws {
    let network = NetworkDescription(
      layers: [
        .repeated(count: 9, layers: [.linear(units: 24, bias: true), .activation(.relu)]),
        .linear(units: 5, bias: true),
      ], loss: .meanSquaredError, inputFeatures: 7, targetColumns: 5, roundsKept: true)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    let plan = try planner.plan(for: makeSchedule(.sqrt, for: planner.chain))
    try plan.verify()
    func violation(_ change: (inout Plan) -> Void) -> String {
      var plan = plan
      change(&plan)
      do throws(PlanViolation) { try plan.verify() } catch { return error.description }
      return ""
    }
    let widening = try #require(
      plan.instructions.lastIndex { plan.graph.nodes[$0.node].operation == .widen })
    let (copy, widened) = (plan.instructions[widening].inputs[0], plan.instructions[widening].outputs[0])
    let reader = try #require(plan.instructions.lastIndex { $0.inputs.contains(widened) })
    let position = try #require(plan.instructions[reader].inputs.firstIndex(of: widened))
    #expect(violation { $0.instructions[reader].inputs[position] = copy }.contains("where its node has"))
    let value = plan.graph.unrounded(plan.graph.nodes[plan.instructions[widening].node].outputs[0])
    let writer = try #require(
      plan.instructions.firstIndex { plan.graph.nodes[$0.node].outputs.contains(value) })
    #expect(violation { $0.instructions[writer].outputs = [widened] }.contains("where its node has"))
  }

  struct Fault: CustomTestStringConvertible {
    var testDescription: String
    /// What the violation says.
    var says: String
    var make: @Sendable (inout Plan) throws -> Void

    init(_ name: String, says: String, make: @escaping @Sendable (inout Plan) throws -> Void) {
      testDescription = name
      self.says = says
      self.make = make
    }
  }

  @Test(arguments: [
    Fault("none", says: "") { _ in },
    Fault("a buffer in the bytes of one that is live", says: "while others have written to its bytes") { plan in
      let kept = try #require(plan.buffers.firstIndex { $0.liveRange.count > 20 })
      let other = try #require(
        plan.buffers.lastIndex {
          $0.liveRange.upperBound < plan.buffers[kept].liveRange.upperBound && $0.category == .cotangent
        })
      plan.buffers[other].offset = plan.buffers[kept].offset
    },
    Fault("workspace in the bytes of an input", says: "while others have written to its bytes") { plan in
      for instruction in plan.instructions {
        if let workspace = instruction.workspace, case .buffer(let input) = instruction.inputs[0] {
          plan.buffers[workspace].offset = plan.buffers[input].offset
          return
        }
      }
    },
    Fault("misaligned", says: "no multiple of 64") { $0.buffers[3].offset += 8 },
    Fault("a peak too low", says: "the peak is said to be") { $0.peakByteCount -= 64 },
    Fault("a peak too high", says: "the peak is said to be") { $0.peakByteCount += 64 },
    Fault("another lower bound", says: "the lower bound is said to be") { $0.lowerBoundByteCount -= 64 },
    Fault("a life that ends early", says: "while it is not live") { plan in
      let kept = try #require(plan.buffers.firstIndex { $0.liveRange.count > 20 })
      let range = plan.buffers[kept].liveRange
      plan.buffers[kept].liveRange = range.lowerBound..<range.upperBound - 1
    },
    Fault("a life that ends late", says: "not where it ends") { plan in
      let kept = try #require(plan.buffers.firstIndex { $0.liveRange.count > 20 && !$0.isOverwritten })
      let range = plan.buffers[kept].liveRange
      plan.buffers[kept].liveRange = range.lowerBound..<range.upperBound + 1
    },
    Fault("a life that begins early", says: "where its life does not begin") { plan in
      let kept = try #require(plan.buffers.firstIndex { $0.liveRange.lowerBound > 3 })
      let range = plan.buffers[kept].liveRange
      plan.buffers[kept].liveRange = range.lowerBound - 1..<range.upperBound
    },
    Fault("a read of another value", says: "where its node has") { plan in
      let last = try #require(plan.instructions.lastIndex { $0.inputs.count > 1 })
      plan.instructions[last].inputs[0] = plan.instructions[last].inputs[1]
    },
    Fault("an operand too few", says: "operands where its node has") { plan in
      plan.instructions[2].inputs = OperandList(plan.instructions[2].inputs.dropLast())
    },
    Fault("a backward node executed twice", says: "is executed a second time") { plan in
      plan.instructions.append(plan.instructions[plan.instructions.count - 1])
    },
    Fault("an instruction executed instead of the next", says: "where its life does not begin") { plan in
      // The first output is then written twice.
      plan.instructions[1] = plan.instructions[0]
    },
    Fault("a gradient that nobody computes", says: "(linearBiasGradient) is never executed") { plan in
      plan.instructions.removeLast()
      for (number, buffer) in plan.buffers.enumerated() where buffer.liveRange.upperBound > plan.instructions.count {
        plan.buffers[number].liveRange = buffer.liveRange.lowerBound..<plan.instructions.count
      }
    },
    Fault("the gradients of two layers exchanged", says: "where its node has") { plan in
      let writers = plan.instructions.indices.filter { index in
        plan.graph.nodes[plan.instructions[index].node].operation == .linearBiasGradient
      }
      let (first, second) = (try #require(writers.dropFirst().first), try #require(writers.last))
      let outputs = plan.instructions[first].outputs
      plan.instructions[first].outputs = plan.instructions[second].outputs
      plan.instructions[second].outputs = outputs
    },
    Fault("a size that is not the value's", says: "another size than its value") { plan in
      let number = try #require(plan.buffers.firstIndex { $0.value != nil })
      let buffer = plan.buffers[number]
      let other = try #require(plan.buffers.first { $0.byteCount != buffer.byteCount })
      plan.buffers[number] = PlannedBuffer(
        value: buffer.value, stage: buffer.stage, category: buffer.category, byteCount: other.byteCount,
        liveRange: buffer.liveRange, offset: buffer.offset, isOverwritten: buffer.isOverwritten)
    },
  ])
  func finds(_ fault: Fault) throws {
    let network = NetworkDescription(
      layers: [
        .repeated(count: 9, layers: [.linear(units: 24, bias: true), .activation(.gelu(approximation: .none))]),
        .linear(units: 5, bias: true),
      ], loss: .meanSquaredError, inputFeatures: 7, targetColumns: 5)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    var plan = try planner.plan(for: makeSchedule(.sqrt, for: planner.chain))
    #expect(plan.instructions.contains { $0.phase == .recompute })
    try fault.make(&plan)
    var found = ""
    do throws(PlanViolation) { try plan.verify() } catch { found = error.description }
    #expect(found.contains(fault.says) && found.isEmpty == fault.says.isEmpty, "\(found)")
  }

  /// Recounted from the instructions alone: a value lives from its computation to the last read of that instance.
  @Test func liveRangesAndOverwritesAreThoseOfTheInstructions() throws {
    let overwritten = try (0..<30).reduce(0) { try $0 + Self.checkedOverwrites(seed: $1) }
    #expect(overwritten > 100)
  }

  /// - Returns: how many buffers were taken over in place.
  private static func checkedOverwrites(seed: UInt64) throws -> Int {
    let network = NetworkDescription.random(seed: seed, depth: 10, elementType: .float32)
    let planner = try ChainOfNumbersTests.planner(network, rows: 16)
    var overwritten = 0
    for (strategy, plan) in try PlannedHeightTests.plans(of: planner) {
      var first: [Int: Int] = [:]
      var last: [Int: Int] = [:]
      for (time, instruction) in plan.instructions.enumerated() {
        let workspace = instruction.workspace.map { [Operand.buffer($0)] } ?? []
        let operands = Array(instruction.inputs) + instruction.outputs + workspace
        for case .buffer(let number) in operands {
          first[number] = first[number] ?? time
          last[number] = time
        }
      }
      for (number, buffer) in plan.buffers.enumerated() {
        #expect(first[number] == buffer.liveRange.lowerBound && last[number] == buffer.liveRange.upperBound - 1)
        guard buffer.isOverwritten else { continue }
        overwritten += 1
        // Its successor has its bytes and is written where it ends.
        let instruction = plan.instructions[buffer.liveRange.upperBound - 1]
        guard case .buffer(let successor)? = instruction.outputs.first else {
          Issue.record("seed \(seed), \(strategy): nothing takes over buffer \(number)")
          continue
        }
        #expect(plan.buffers[successor].offset == buffer.offset)
        #expect(plan.buffers[successor].byteCount == buffer.byteCount)
      }
    }
    return overwritten
  }
}
