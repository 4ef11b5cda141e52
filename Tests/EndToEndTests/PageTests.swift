import SystemCalls
import TestSupport
import Testing

/// The study's page in a real browser.
@Suite struct PageTests {
  /// Fails on the first thing that is not as it should be.
  private static let script = """
    browser, page = Browser(sys.argv[1]), sys.argv[2]
    try:
        browser.open_page()
        call, evaluate = browser.call, browser.evaluate
        for width, height, scheme in [(1440, 900, "light"), (390, 844, "dark"), (390, 844, "light"), (1440, 900, "dark")]:
            call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                mobile=False)
            call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            call("Page.navigate", url="file://" + page)
            browser.wait("document.readyState == 'complete'")
            figures = ["trade", "memory", "schedule", "stages", "health"]
            # Plans whose costs are no seconds predict none.
            if evaluate("data.groups[0].rows.some((row) => row.predicted !== null)"): figures.append("prediction")
            for figure in figures:
                marks = evaluate(f"document.querySelectorAll('#{figure} svg :is(path, rect, circle, line)').length")
                assert marks > 10, (figure, marks)
                rows = evaluate(f"document.querySelectorAll('#{figure}-table tbody tr').length")
                assert rows >= 2, (figure, rows)
            assert evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width}"
            paper = evaluate("getComputedStyle(document.body).backgroundColor")
            assert (paper == "rgb(255, 255, 255)") == (scheme == "light"), paper
            # Every legend takes away what it names, and gives it back.
            for figure in figures:
                legend = f"document.querySelectorAll('#{figure}-legend button')"
                for entry in range(evaluate(legend + ".length")):
                    before = evaluate(f"document.getElementById('{figure}').innerHTML")
                    evaluate(f"{legend}[{entry}].click()")
                    assert evaluate(f"{legend}[{entry}].getAttribute('aria-pressed')") == "false"
                    after = evaluate(f"document.getElementById('{figure}').innerHTML")
                    if figure != "trade": assert before != after, (figure, entry)
                    evaluate(f"{legend}[{entry}].click()")
                    assert evaluate(f"document.getElementById('{figure}').innerHTML") == before, (figure, entry)
            # Hovering says numbers.
            for figure in figures:
                box = evaluate(f\"\"\"(() => {{
                    const svg = document.querySelector('#{figure} svg'); svg.scrollIntoView({{ block: 'center' }});
                    const hit = svg.querySelector('.hit') || [...svg.querySelectorAll('[fill=transparent]')].pop();
                    const box = hit.getBoundingClientRect();
                    return [box.left + box.width / 2, box.top + Math.min(box.height / 2, 40)]; }})()\"\"\")
                call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
                call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0], y=box[1])
                assert evaluate("document.getElementById('tip').style.display") == "block", (figure, box, width)
            # Every point and group can be shown.
            for select in ["group", "point", "axis"]:
                for option in range(evaluate(f"document.getElementById('{select}').options.length")):
                    evaluate(f\"\"\"(() => {{ const select = document.getElementById('{select}');
                        select.selectedIndex = {option}; select.dispatchEvent(new Event('change')); }})()\"\"\")
            evaluate("document.getElementById('theme').click()")
            assert evaluate("getComputedStyle(document.body).backgroundColor") != paper
        call("Browser.close")
    finally:
        browser.end()
    for event in browser.events:
        method, parameters = event.get("method"), event.get("params", {})
        assert method not in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"), event
        if method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            assert url == "file://" + page or url.startswith("data:") or url == "about:blank", url
    print("ok")
    """

  @Test(.enabled(if: Browser.path != nil, "no Chromium; make clients installs it"))
  func thePageWorksInABrowser() throws {
    let folder = try TemporaryFolder()
    let study = try Program.run(
      [
        "study", "--config", Program.configuration("tiny"), "--iterations", "3", "--warmup", "1", "--repeats", "1",
        "--checkpoint", "none,sqrt,optimal", "--activation-budget", "80%,60%,1KiB", "--grid",
        "training.batchSize=20,40",
        "--output", "study", "--progress", "none",
      ], in: folder.path)
    #expect(study.exitCode == 0, "\(study.errors)")
    let browser = try #require(Browser.path)
    let python = try Program(
      ["-I", "-c", Browser.driver + Self.script, browser, folder.path + "/study/report.html"], in: folder.path,
      executable: "/usr/bin/python3"
    ).end()
    #expect(python.exitCode == 0 && python.output == "ok\n", "\(python.errors)")
  }
}
