import SystemCalls

/// A Python with the packages that read what bptrain writes: `BPTRAIN_CLIENTS_PYTHON`, that of `make clients`, or the
/// system's.
enum ClientPython {
  static func path(importing module: String) -> String? {
    [
      environmentVariable("BPTRAIN_CLIENTS_PYTHON"), Program.projectFolder + "/.build/clients/bin/python",
      "/usr/bin/python3",
    ]
    .compactMap(\.self).first { python in
      let program = try? Program(["-I", "-c", "import \(module)"], executable: python).end()
      return program?.exitCode == 0
    }
  }
}
