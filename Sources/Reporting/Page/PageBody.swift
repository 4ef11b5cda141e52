import Configuration

/// The page's frame: headings, captions and the places that the script draws into.
func pageBody(of study: StudyResult, name: String) -> String {
  let conditions = study.conditions
  let violations = study.violations.map { "<div class=\"wrong\">\(escaped($0))</div>" }.joined(separator: "\n")
  let missing = study.rows.reduce(0) { $0 + ($1.isComplete ? 0 : conditions.repeats - $1.runs.count) }
  let unfinished = missing == 0 ? "" : "<div class=\"wrong\">Not finished: \(missing) runs are still to come.</div>"
  return """
    <main>
    <h1>\(escaped(name)): memory against time</h1>
    <p class="soft">What keeping, recomputing and planning activations costs: every point was measured in
    \(counted(conditions.repeats, "process", plural: "processes")) of its own, in rounds over all points, on
    \(conditions.iterations - conditions.warmup) iterations each after \(conditions.warmup) of warm-up.</p>
    <div class="facts">\(factsLine(of: study))</div>
    \(violations)\(unfinished)
    <div class="bar">
    <label id="group-label">at <select id="group"></select></label>
    <label>Figures 2 to 4 show <select id="point"></select></label>
    <label>peak of <select id="axis"><option value="arena">the activation arena</option>
    <option value="process">the whole process</option></select></label>
    <button id="theme" type="button" class="right" title="dark or light">dark / light</button>
    </div>
    \(figure(
      1, "trade", "Memory against time", "Each point is a strategy; lower and further left is better. The line joins "
        + "optimal plans by their budget, bars span the runs, and the dotted steps are the Pareto front."))
    \(figure(
      2, "memory", "Memory over one iteration", "Bytes that are live in the arena at each instruction under "
        + "<b data-point></b>, as planned, which is as measured, to the byte; of the first thread's rows where threads have "
        + "rows of their own.", below: "<div id=\"memory-phases\"></div>"))
    \(figure(
      3, "schedule", "The schedule", "Stages across, time down: what <b data-point></b> executes, executes again and "
        + "reverses in one iteration."))
    \(figure(
      4, "stages", "Stages", "Time that each stage takes in one iteration under <b data-point></b>, and its bytes."))
    \(figure(
      5, "prediction", "Predicted and measured", "On the dashed line the prediction is right.", hasLegend: false))
    \(figure(
      6, "health", "Gradients through depth", "Values and derivatives of every stage in the last update, the same under "
        + "every strategy. Triangles: the gradient has vanished or exploded."))
    <details><summary>configuration</summary><pre>\(escaped(study.configuration.text(.pretty)))</pre></details>
    </main>
    """
}

private func factsLine(of study: StudyResult) -> String {
  func fact(_ name: String, _ value: String?) -> String {
    value.map { "<span>\(name) <b>\(escaped($0))</b></span>" } ?? ""
  }
  let machine = study.machine
  let memory = machine["memoryBytes"]?.integerValue.map(byteText)
  return fact("processor", machine["processor"]?.stringValue)
    + fact("threads", machine["threads"]?.integerValue.map { "\($0)" })
    + fact("instructions", machine["instructionSet"]?.stringValue) + fact("memory", memory)
    + fact("kernels", machine["blas"]?.stringValue) + fact("bptrain", study.version)
}

private func figure(
  _ number: Int, _ name: String, _ title: String, _ caption: String, hasLegend: Bool = true, below: String = ""
) -> String {
  """
  <section id="\(name)-section" aria-label="\(title)">
  <h2>Figure \(number). \(title)</h2>
  <p class="soft">\(caption)</p>
  <div class="figure">
  <div>\(hasLegend ? "<div class=\"legend\" id=\"\(name)-legend\"></div>" : "")<div id="\(name)"></div>\(below)</div>
  <div class="scroll" id="\(name)-table"></div>
  </div>
  </section>
  """
}
