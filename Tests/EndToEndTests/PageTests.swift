import SystemCalls
import TestSupport
import Testing

/// The study's page in a real browser, where there is one: it is too large to be asked of everybody who runs the tests.
@Suite struct PageTests {
  static let browser: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { (try? fileExists(atPath: $0)) == true }

  /// Drives the browser by its debugging protocol over two pipes, and fails on the first thing that is not as it should be.
  private static let script = """
    import json, os, shutil, subprocess, sys, tempfile, time

    browser, page = sys.argv[1:]
    (their_in, our_out), (our_in, their_out) = os.pipe(), os.pipe()
    def plumb():
        # Moved away first, as either may be the other's place.
        a, b = os.dup(their_in), os.dup(their_out)
        os.dup2(a, 3); os.dup2(b, 4)
    profile = tempfile.mkdtemp()
    process = subprocess.Popen([browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-dev-shm-usage", "--disable-background-networking", "--user-data-dir=" + profile,
        "--remote-debugging-pipe", "about:blank"], preexec_fn=plumb, close_fds=False, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    os.close(their_in); os.close(their_out)
    reader, number, events = os.fdopen(our_in, "rb"), 0, []

    def receive():
        text = bytearray()
        while (byte := reader.read(1)) != b"\\0":
            if not byte: raise SystemExit("the browser ended")
            text += byte
        return json.loads(text)

    def call(method, session=None, **parameters):
        global number
        number += 1
        message = {"id": number, "method": method, "params": parameters}
        if session: message["sessionId"] = session
        os.write(our_out, json.dumps(message).encode() + b"\\0")
        while True:
            answer = receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            events.append(answer)

    def evaluate(expression):
        result = call("Runtime.evaluate", session, expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    try:
        target = call("Target.createTarget", url="about:blank")["targetId"]
        session = call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]: call(domain + ".enable", session)
        for width, height, scheme in [(1440, 900, "light"), (390, 844, "dark"), (390, 844, "light"), (1440, 900, "dark")]:
            call("Emulation.setDeviceMetricsOverride", session, width=width, height=height, deviceScaleFactor=1,
                mobile=False)
            call("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
            call("Page.navigate", session, url="file://" + page)
            for _ in range(200):
                if evaluate("document.readyState") == "complete": break
                time.sleep(0.05)
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
                call("Input.dispatchMouseEvent", session, type="mouseMoved", x=1, y=1)
                call("Input.dispatchMouseEvent", session, type="mouseMoved", x=box[0], y=box[1])
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
        try: process.wait(10)
        except subprocess.TimeoutExpired: process.kill(); process.wait()
        shutil.rmtree(profile, ignore_errors=True)
    for event in events:
        method, parameters = event.get("method"), event.get("params", {})
        assert method not in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"), event
        if method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            assert url == "file://" + page or url.startswith("data:") or url == "about:blank", url
    print("ok")
    """

  @Test(.enabled(if: browser != nil, "no Chromium; apt-get install chromium to see the page in it"))
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
    let browser = try #require(Self.browser)
    let python = try Program(
      ["-I", "-c", Self.script, browser, folder.path + "/study/report.html"], in: folder.path,
      executable: "/usr/bin/python3"
    ).end()
    #expect(python.exitCode == 0 && python.output == "ok\n", "\(python.errors)")
  }
}
