import SystemCalls

/// A real browser, where there is one: it is too large to be asked of everybody who runs the tests.
enum Browser {
  static let path: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .first { (try? fileExists(atPath: $0)) == true }

  /// The head of a Python script, of which the first argument is the browser: it drives it by its debugging protocol
  /// over two pipes.
  static let driver = """
    import json, os, shutil, subprocess, sys, tempfile, time

    class Browser:
        def __init__(self, path):
            (their_in, self.out), (our_in, their_out) = os.pipe(), os.pipe()
            def plumb():
                # Moved away first, as either may be the other's place.
                a, b = os.dup(their_in), os.dup(their_out)
                os.dup2(a, 3); os.dup2(b, 4)
            self.profile = tempfile.mkdtemp()
            self.process = subprocess.Popen([path, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-dev-shm-usage", "--disable-background-networking", "--user-data-dir=" + self.profile,
                "--remote-debugging-pipe", "about:blank"], preexec_fn=plumb, close_fds=False,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.close(their_in); os.close(their_out)
            self.reader, self.number, self.events, self.session = os.fdopen(our_in, "rb"), 0, [], None

        def receive(self):
            text = bytearray()
            while (byte := self.reader.read(1)) != b"\\0":
                if not byte: raise SystemExit("the browser ended")
                text += byte
            return json.loads(text)

        def call(self, method, **parameters):
            self.number += 1
            message = {"id": self.number, "method": method, "params": parameters}
            if self.session: message["sessionId"] = self.session
            os.write(self.out, json.dumps(message).encode() + b"\\0")
            while True:
                answer = self.receive()
                if answer.get("id") == self.number:
                    assert "error" not in answer, answer
                    return answer["result"]
                self.events.append(answer)

        def evaluate(self, expression, awaits=False):
            result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=awaits)
            assert "exceptionDetails" not in result, result
            return result["result"].get("value")

        # A page whose events are heard.
        def open_page(self):
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ["Page", "Runtime", "Log", "Network"]: self.call(domain + ".enable")

        def wait(self, condition, seconds=10):
            end = time.time() + seconds
            while not self.evaluate(condition):
                assert time.time() < end, "never: " + condition
                time.sleep(0.05)

        def end(self):
            try: self.process.wait(10)
            except subprocess.TimeoutExpired: self.process.kill(); self.process.wait()
            shutil.rmtree(self.profile, ignore_errors=True)

    """
}
