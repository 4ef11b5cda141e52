package import Configuration
import Training

/// A study as one page that opens from a file: figures, a table beside each, everything inlined and nothing fetched.
///
/// Drawn by a script of its own as plain SVG. Details of points (live bytes, schedule, stages) are left out, the least
/// interesting first, where the page would pass ``largestPage`` bytes.
///
/// - Parameter plans: by the points' keys, as ``trimmedPlan(_:)`` gives them.
package func studyPage(of study: StudyResult, plans: [String: JSONValue]) -> String {
  var detailed = study.rows.filter { $0.typicalRun != nil }.sorted { interest(in: $0) > interest(in: $1) }
  while true {
    let keys = Set(detailed.map(\.point.key))
    let page = studyPage(
      data: studyPageData(of: study, plans: plans.filter { keys.contains($0.key) }, detailed: keys), study)
    if page.utf8.count <= largestPage || detailed.isEmpty { return page }
    detailed.removeLast(max(1, detailed.count / 4))
  }
}

/// A page that is mailed and opened without a thought.
package let largestPage = 950_000

/// What readers look at first: keep-all, then the named strategies, then budgets.
private func interest(in row: StudyRow) -> Int {
  row.point.strategy == "none" ? 2 : row.point.strategy == "optimal" ? 1 : 0
}

private func studyPage(data: JSONValue, _ study: StudyResult) -> String {
  let name = study.configuration["name"]?.stringValue ?? "study"
  // The end of the element may not stand in the data.
  let json = data.text(.compact).replacing("</", with: "<\\/")
  let script =
    pageScriptCore + pageScriptTrade + pageScriptMemory + pageScriptSchedule + pageScriptStages + pageScriptHealth
    + pageScriptPage
  return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src \(policySource(of: pageStyle)); script-src \(policySource(of: script)); \
    img-src data:">
    <link rel="icon" href="data:,">
    <title>\(escaped(name)): memory against time</title>
    <style>\(pageStyle)</style>
    </head>
    <body>
    \(pageBody(of: study, name: name))
    <div id="tip" role="status"></div>
    <script type="application/json" id="data">\(json)</script>
    <script>\(script)</script>
    </body>
    </html>

    """
}

/// Text as HTML.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
