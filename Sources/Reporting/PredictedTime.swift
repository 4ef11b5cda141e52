import Configuration

/// Predicted seconds of one iteration on a full batch and of its parts; recomputation is part of backward.
package struct PredictedTimeFacts: Hashable, Sendable {
  /// What the seconds come from.
  package enum Source: Hashable, Sendable {
    /// Operation and byte counts at the rates of a nominal machine.
    case flops
    /// Kernels on this machine: so many kinds of execution had been measured by earlier runs, were measured by this
    /// one, and were reckoned from others since time did not suffice, in so many seconds.
    case measured(known: Int, measured: Int, reckoned: Int, seconds: Double)
  }

  package var forward: Double
  package var backward: Double
  package var recompute: Double
  package var update: Double
  /// An iteration that keeps everything.
  package var keepAllIteration: Double
  package var source: Source
  /// What hindered measuring, or keeping what was measured, as sentences.
  package var notes: [String]

  package init(
    forward: Double, backward: Double, recompute: Double, update: Double, keepAllIteration: Double, source: Source,
    notes: [String] = []
  ) {
    self.forward = forward
    self.backward = backward
    self.recompute = recompute
    self.update = update
    self.keepAllIteration = keepAllIteration
    self.source = source
    self.notes = notes
  }

  package var iteration: Double { forward + backward + update }

  /// How many times as long as keeping everything.
  package var slowdown: Double { iteration / keepAllIteration }
}

/// What an iteration is predicted to take, and beside it one that keeps everything.
package func predictionLines(_ time: PredictedTimeFacts) -> [String] {
  func row(_ name: String, _ seconds: Double, _ note: String) -> String {
    left(name, 28) + right(secondsText(seconds), 14) + right(note, 18)
  }
  func share(_ name: String, _ seconds: Double) -> String {
    row(name, seconds, "\(fixed(100 * seconds / time.iteration, 1)) %")
  }
  let heading: String
  let source: String
  switch time.source {
  case .flops:
    heading = "time by operation counts"
    source = "operations and bytes at the rates of a nominal machine; this one may take a multiple"
  case .measured(let known, let measured, let reckoned, let seconds):
    heading = "time, predicted"
    let kinds = "\(known + measured) kinds of execution measured on this machine"
    let origin =
      known == 0
      ? " in \(secondsText(seconds))"
      : measured == 0
        ? ", by earlier runs" : ", \(known) of them by earlier runs, \(measured) in \(secondsText(seconds))"
    source = kinds + origin + (reckoned > 0 ? "; \(reckoned) reckoned from these" : "")
  }
  return [
    "", left(heading, 28) + right("", 14) + right("share", 18), share("forward", time.forward),
    share("backward", time.backward), share("  recomputing", time.recompute), share("update", time.update),
    share("iteration", time.iteration),
    row("  keeping everything", time.keepAllIteration, "\(fixed(time.slowdown, 3)) times that"),
  ] + wrapped(source, width: 80) + time.notes.flatMap { wrapped($0, width: 80) }
}

/// The parts of a predicted iteration, as they stand in a report.
func predictionDocument(_ time: PredictedTimeFacts) -> JSONValue {
  let source: [JSONMember] =
    switch time.source {
    case .flops: [JSONMember("costs", "flops")]
    case .measured(let known, let measured, let reckoned, let seconds):
      [
        JSONMember("costs", "measured"), JSONMember("knownCosts", .integer(known)),
        JSONMember("measuredCosts", .integer(measured)), JSONMember("reckonedCosts", .integer(reckoned)),
        JSONMember("measuringSeconds", .number(seconds)),
      ]
    }
  return .object(
    [
      JSONMember("forwardSeconds", .number(time.forward)), JSONMember("backwardSeconds", .number(time.backward)),
      JSONMember("recomputeSeconds", .number(time.recompute)), JSONMember("updateSeconds", .number(time.update)),
      JSONMember("keepAllIterationSeconds", .number(time.keepAllIteration)),
      JSONMember("slowdown", .number(time.slowdown)),
    ] + source + [JSONMember("notes", .array(time.notes.map { .string($0) }))])
}
