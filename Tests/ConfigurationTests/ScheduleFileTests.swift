import Checkpointing
import Configuration
import RandomNumbers
import Testing

/// Schedule files: what they mean, and the whole text of what is told of wrong ones.
@Suite struct ScheduleFileTests {
  /// Three stages with two forms each.
  static let chain: Chain = {
    let stage = ChainStage(
      outputBytes: 64, forwardSeconds: 1, backwardSeconds: 2,
      forms: [
        ResidualForm(name: "compact", byteCount: 64, derivesOutput: true, extraBackwardSeconds: 0.5),
        ResidualForm(name: "full", byteCount: 64, holdsOutput: true),
      ])
    // The sizes are small constants.
    return try! Chain(stages: [stage, stage, stage])
  }()

  private func read(_ text: String) throws(ScheduleFileError) -> Schedule {
    try readScheduleFile(bytes: Array(text.utf8), fileName: "s.json", name: "file:s.json").schedule(on: Self.chain)
  }

  /// An action as `plan --json` writes it.
  private func text(_ action: Action, formsByName: Bool) -> String {
    switch action {
    case .forward(let stage, .residuals, let form):
      let name = formsByName ? "\"\(Self.chain.stages[stage].forms[form].name)\"" : "\(form)"
      return "{ \"do\": \"forward\", \"stage\": \(stage), \"keep\": \"residuals\", \"form\": \(name) }"
    case .forward(let stage, let keep, _):
      return "{ \"do\": \"forward\", \"stage\": \(stage), \"keep\": \"\(keep.rawValue)\" }"
    case .restore(let stage): return "{ \"do\": \"restore\", \"stage\": \(stage) }"
    case .backward(let stage): return "{ \"do\": \"backward\", \"stage\": \(stage) }"
    case .discard(let stage, let what):
      return "{ \"do\": \"discard\", \"stage\": \(stage), \"what\": \"\(what.rawValue)\" }"
    }
  }

  @Test(arguments: ["none", "sqrt", "every:1", "recursive", "revolve:2", "mixed:1", "greedy:64"])
  func everyStrategyReadsBack(strategy: String) throws {
    let schedule = try makeSchedule(Strategy(parsing: strategy), for: Self.chain)
    for formsByName in [false, true] {
      let actions = schedule.actions.map { text($0, formsByName: formsByName) }.joined(separator: ",\n")
      let alone = try read("// by hand\n{ \"actions\": [\n\(actions),\n] }")
      #expect(alone.actions == schedule.actions)
      #expect(alone.strategy == "file:s.json")
      #expect(alone.prescribedForwardExecutions == schedule.prescribedForwardExecutions)
      #expect(alone.checkpoints == schedule.checkpoints)
      let whole = try read(
        """
        { "formatVersion": 1, "config": { "checkpoint": "x", "list": [[1], 2] },
          "schedule": { "strategy": "\(strategy)", "stages": 3, "forwardExecutions": 9, "checkpoints": [0, 1],
                        "actions": [\(actions)] }, "stages": [{ "index": 0 }] }
        """)
      #expect(whole.actions == schedule.actions)
    }
  }

  @Test func theFormIsTheFirstUnlessNamed() throws {
    let none = try makeSchedule(.none, for: Self.chain)
    let bare = none.actions.map { text($0, formsByName: true).replacing(", \"form\": \"compact\"", with: "") }
    #expect(try read("{ \"actions\": [\(bare.joined(separator: ","))] }").actions == none.actions)
    let full = none.actions.map { text($0, formsByName: true).replacing("compact", with: "full") }
    let schedule = try read("{ \"actions\": [\(full.joined(separator: ","))] }")
    #expect(schedule.actions.first == .forward(stage: 0, keep: .residuals, form: 1))
  }

  private static func actions(_ lines: String...) -> String {
    "{ \"actions\": [\n" + lines.joined(separator: ",\n") + " ] }"
  }

  static let wrong: [Mistake] = [
    Mistake(
      "empty", "",
      """
      s.json:1:1: found an empty file, allowed: one object { … }
      """),
    Mistake(
      "a list", "[]",
      """
      s.json:1:1: found a list, allowed: an object with "actions"
      []
      ^
      """),
    Mistake(
      "no actions", #"{ "strategy": "sqrt" }"#,
      """
      s.json:1:1: actions: missing, required: a list of actions
      { "strategy": "sqrt" }
      ^
      """),
    Mistake(
      "actions that are no list, a key too many and a wrong count",
      "{ \"actions\": 3,\n\"stages\": \"x\",\n\"stategy\": \"sqrt\" }",
      """
      s.json:1:14: actions: found 3, allowed: a list of actions
      { "actions": 3,
                   ^
      s.json:2:11: stages: found the string "x", allowed: a number of stages
      "stages": "x",
                ^
      s.json:3:1: stategy: unknown key, allowed: "strategy", "stages", "forwardExecutions", "recomputedExecutions", \
      "elidedExecutions", "partialExecutions", "checkpoints", "actions"; did you mean "strategy"?
      "stategy": "sqrt" }
      ^
      """),
    Mistake(
      "wrong actions",
      actions(
        "1", "{}", "{ \"do\": \"backwards\", \"stage\": 0 }", "{ \"do\": \"forward\", \"stage\": 0 }",
        "{ \"do\": \"backward\", \"stage\": -1 }", "{ \"do\": \"restore\", \"stage\": 1.5 }",
        "{ \"do\": \"discard\", \"stage\": 0, \"what\": \"residual\" }",
        "{ \"do\": \"restore\", \"stage\": 0, \"keep\": \"nothing\" }",
        "{ \"do\": \"forward\", \"stage\": 0, \"keep\": \"nothing\", \"form\": \"compact\" }",
        "{ \"do\": \"forward\", \"stage\": 0, \"keep\": \"residuals\", \"form\": null }"),
      """
      s.json:2:1: actions.0: found 1, allowed: an object such as { "do": "backward", "stage": 0 }
      1,
      ^
      s.json:3:1: actions.1.do: missing, required: one of "forward", "restore", "backward", "discard"
      {},
      ^
      s.json:4:9: actions.2.do: found the string "backwards", allowed: one of "forward", "restore", "backward", \
      "discard"; did you mean "backward"?
      { "do": "backwards", "stage": 0 },
              ^
      s.json:5:1: actions.3.keep: missing, required: one of "nothing", "checkpoint", "residuals"
      { "do": "forward", "stage": 0 },
      ^
      s.json:6:30: actions.4.stage: found -1, allowed: the number of a stage, from 0
      { "do": "backward", "stage": -1 },
                                   ^
      s.json:7:29: actions.5.stage: found 1.5, allowed: the number of a stage, from 0
      { "do": "restore", "stage": 1.5 },
                                  ^
      s.json:8:40: actions.6.what: found the string "residual", allowed: one of "checkpoint", "residuals"; did you \
      mean "residuals"?
      { "do": "discard", "stage": 0, "what": "residual" },
                                             ^
      s.json:9:32: actions.7.keep: unknown key, allowed: "do", "stage"
      { "do": "restore", "stage": 0, "keep": "nothing" },
                                     ^
      s.json:10:59: actions.8.form: found a form where "keep" is "nothing", allowed: with "residuals" only
      { "do": "forward", "stage": 0, "keep": "nothing", "form": "compact" },
                                                                ^
      s.json:11:61: actions.9.form: found null, allowed: a form's name or its index
      { "do": "forward", "stage": 0, "keep": "residuals", "form": null } ] }
                                                                  ^
      """),
    Mistake(
      "another network", "{ \"stages\": 5, \"actions\": [] }",
      """
      s.json:1:13: stages: found 5, and the network has 3 stages, allowed: 3
      { "stages": 5, "actions": [] }
                  ^
      """),
    Mistake(
      "forms that there are not",
      actions(
        #"{ "do": "forward", "stage": 0, "keep": "residuals", "form": "small" }"#,
        #"{ "do": "forward", "stage": 1, "keep": "residuals", "form": 2 }"#),
      """
      s.json:2:1: actions.0.form: found "small" for stage 0, allowed: "compact", "full" or its index
      { "do": "forward", "stage": 0, "keep": "residuals", "form": "small" },
      ^
      s.json:3:1: actions.1.form: found 2 for stage 1, allowed: "compact", "full" or its index
      { "do": "forward", "stage": 1, "keep": "residuals", "form": 2 } ] }
      ^
      """),
    Mistake(
      "the first law broken", actions(#"{ "do": "forward", "stage": 1, "keep": "nothing" }"#),
      """
      s.json:2:1: actions.0: action 0 of the schedule breaks the law that a forward execution starts where its input is \
      the running value: stage 1 where x_0 is the running value
      { "do": "forward", "stage": 1, "keep": "nothing" } ] }
      ^
      """),
    Mistake(
      "a stage that there is not", actions(#"{ "do": "forward", "stage": 3, "keep": "residuals" }"#),
      """
      s.json:2:1: actions.0: action 0 of the schedule breaks the law that an action names a stage and a form that \
      exist: forward 3 keep residuals form 0, where stages are 0 to 2
      { "do": "forward", "stage": 3, "keep": "residuals" } ] }
      ^
      """),
    Mistake(
      "an end too soon", actions(#"{ "do": "forward", "stage": 0, "keep": "nothing" }"#),
      """
      s.json:2:1: actions: action 1 of the schedule breaks the law that at the end every stage is reversed and nothing \
      is live: stage 2 is not reversed
      { "do": "forward", "stage": 0, "keep": "nothing" } ] }
      ^
      """),
  ]

  @Test(arguments: wrong) func message(of mistake: Mistake) {
    #expect { try read(mistake.text) } throws: { error in
      #expect((error as? ScheduleFileError)?.description == mistake.message)
      return error is ScheduleFileError
    }
  }

  @Test func randomChangesAreReadOrRefused() throws {
    let schedule = try makeSchedule(.sqrt, for: Self.chain)
    let good = Array(
      "{ \"actions\": [\(schedule.actions.map { text($0, formsByName: true) }.joined(separator: ","))] }".utf8)
    var random = SplitMix64(seed: 7)
    var taken = 0
    for _ in 0..<3000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[index] = good.randomElement(using: &random) ?? 0
        case 1: bytes.remove(at: index)
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
        }
      }
      let file = try? readScheduleFile(bytes: bytes, fileName: "s.json", name: "file:s.json")
      if let schedule = try? file?.schedule(on: Self.chain) {
        taken += 1
        #expect(try replay(schedule, on: Self.chain).forwardExecutions == schedule.prescribedForwardExecutions)
      }
    }
    #expect(taken > 0)
  }
}
