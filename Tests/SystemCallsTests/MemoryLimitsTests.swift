import SystemCalls
import Testing

@Suite("Memory limits")
struct MemoryLimitsTests {
  @Test("the machine's memory is read in bytes")
  func machine() throws {
    let text = "MemTotal:       24682416 kB\nMemFree:        23000000 kB\nMemAvailable:   23500000 kB\nBuffers: 1 kB\n"
    let memory = try #require(MemoryLimits.machineMemory(text))
    #expect(memory.totalBytes == 24_682_416 << 10)
    #expect(memory.availableBytes == 23_500_000 << 10)
    let old = try #require(MemoryLimits.machineMemory("MemTotal: 100 kB\nMemFree: 50 kB\n"))
    #expect(old.availableBytes == 50 << 10)
    #expect(MemoryLimits.machineMemory("MemTotal: 100 kB\n") == nil)
    #expect(MemoryLimits.machineMemory("MemFree: 100 kB\n") == nil)
  }

  static let version1Mounts = """
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:1 master:2 - cgroup cgroup rw,memory
    """
  static let version2Mounts = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

  struct FolderCase: CustomTestStringConvertible {
    let testDescription: String
    let membership: String
    let mounts: String
    let expected: [ControlGroup]
  }

  @Test(
    "the groups' folders are found",
    arguments: [
      FolderCase(
        testDescription: "version 2", membership: "0::/user.slice/job\n", mounts: version2Mounts,
        expected: [
          group(2, ["/sys/fs/cgroup/user.slice/job", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"])
        ]),
      FolderCase(
        testDescription: "version 2, root", membership: "0::/\n", mounts: version2Mounts,
        expected: [group(2, ["/sys/fs/cgroup"])]),
      FolderCase(
        testDescription: "version 1", membership: "4:memory:/a\n2:cpu,cpuacct:/b\n", mounts: version1Mounts,
        expected: [group(1, ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"])]),
      FolderCase(
        testDescription: "version 1 in a container that sees its own group alone",
        membership: "4:memory:/docker/abc/inner\n",
        mounts: "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
        expected: [group(1, ["/sys/fs/cgroup/memory/inner", "/sys/fs/cgroup/memory"])]),
      FolderCase(
        testDescription: "a mount that does not show the group", membership: "4:memory:/elsewhere\n",
        mounts: "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
        expected: [group(1, ["/sys/fs/cgroup/memory"])]),
      FolderCase(
        testDescription: "a group outside the namespace", membership: "0::/../other\n", mounts: version2Mounts,
        expected: [group(2, ["/sys/fs/cgroup"])]),
      FolderCase(
        testDescription: "both versions", membership: "4:memory:/a\n0::/c:d\n",
        mounts: version1Mounts + "\n38 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        expected: [
          group(1, ["/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory"]),
          group(2, ["/sys/fs/cgroup/unified/c:d", "/sys/fs/cgroup/unified"]),
        ]),
      FolderCase(
        testDescription: "a mount point with a space", membership: "0::/a\n",
        mounts: #"30 23 0:26 / /mnt/my\040groups rw - cgroup2 cgroup2 rw"#,
        expected: [group(2, ["/mnt/my groups/a", "/mnt/my groups"])]),
      FolderCase(testDescription: "no mount", membership: "0::/a\n4:memory:/b\n", mounts: "", expected: []),
      FolderCase(
        testDescription: "no sense", membership: "nonsense\n::\n4:memory\n", mounts: "1 2 3\n- - -\n\n", expected: []),
    ])
  func folders(testCase: FolderCase) {
    let groups = ControlGroup.groups(
      of: "memory", membershipText: testCase.membership, mountText: testCase.mounts)
    #expect(groups == testCase.expected)
  }

  @Test("the strictest limit of the group and those above it holds, file pages aside")
  func version2Limit() throws {
    let files = [
      "/g/a/b/memory.max": "max\n", "/g/a/b/memory.current": "400\n",
      "/g/a/memory.max": "1000\n", "/g/a/memory.current": "700\n",
      "/g/a/memory.stat": "anon 500\ninactive_file 150\nactive_file 50\nshmem 7\n",
      "/g/memory.max": "5000\n", "/g/memory.current": "4900\n",
    ]
    let memory = try #require(
      ControlGroupMemory(groups: [group(2, ["/g/a/b", "/g/a", "/g"])]) { files[$0] })
    // The least limit and the least left need not be the same group's.
    #expect(memory == ControlGroupMemory(folder: "/g/a", limitBytes: 1000, availableBytes: 100))
  }

  @Test("where processes are slowed down is a limit too")
  func version2High() throws {
    let files = ["/g/memory.max": "max\n", "/g/memory.high": "800\n", "/g/memory.current": "700\n"]
    let memory = try #require(ControlGroupMemory(groups: [group(2, ["/g"])]) { files[$0] })
    #expect(memory == ControlGroupMemory(folder: "/g", limitBytes: 800, availableBytes: 100))
  }

  @Test("version 1 has other names, and the largest number for no limit")
  func version1Limit() throws {
    var files = [
      "/m/a/memory.limit_in_bytes": "9223372036854771712\n",
      "/m/memory.limit_in_bytes": "2000\n", "/m/memory.usage_in_bytes": "1900\n",
      "/m/memory.stat": "inactive_file 1\ntotal_inactive_file 300\ntotal_active_file 200\n",
    ]
    let groups = [group(1, ["/m/a", "/m"])]
    let memory = try #require(ControlGroupMemory(groups: groups) { files[$0] })
    #expect(memory == ControlGroupMemory(folder: "/m", limitBytes: 2000, availableBytes: 600))
    files["/m/memory.limit_in_bytes"] = "9223372036854771712\n"
    #expect(ControlGroupMemory(groups: groups) { files[$0] } == nil)
    #expect(ControlGroupMemory(groups: groups) { _ in nil } == nil)
    #expect(ControlGroupMemory(groups: groups) { _ in "nonsense" } == nil)
  }

  @Test("use above the limit leaves nothing, and file pages never more than the limit")
  func extremes() throws {
    let over = try #require(
      ControlGroupMemory(groups: [group(2, ["/g"])]) {
        ["/g/memory.max": "1000", "/g/memory.current": "9000"][$0]
      })
    #expect(over.availableBytes == 0)
    let files = try #require(
      ControlGroupMemory(groups: [group(2, ["/g"])]) {
        [
          "/g/memory.max": "1000", "/g/memory.current": "10",
          "/g/memory.stat": "inactive_file 9223372036854775807\nactive_file 9223372036854775807\n",
        ][$0]
      })
    #expect(files.availableBytes == 1000)
  }

  @Test("what is left is the least of all limits")
  func combination() {
    let controlGroup = ControlGroupMemory(folder: "/g", limitBytes: 600, availableBytes: 50)
    func limits(_ group: ControlGroupMemory?, _ addressSpace: Int?) -> MemoryLimits {
      MemoryLimits(
        totalBytes: 1000, availableBytes: 400, controlGroup: group, addressSpaceBytes: addressSpace,
        usedAddressSpaceBytes: 200)
    }
    #expect(limits(nil, nil).furtherBytes == 400)
    #expect(limits(controlGroup, nil).furtherBytes == 50)
    #expect(limits(controlGroup, 230).furtherBytes == 30)
    #expect(limits(nil, 100).furtherBytes == 0)
  }

  @Test("this machine's limits make sense")
  func current() throws {
    let limits = try MemoryLimits.current()
    #expect(limits.totalBytes > 1 << 26)
    #expect((1...limits.totalBytes).contains(limits.availableBytes))
    #expect(limits.furtherBytes > 0 && limits.furtherBytes <= limits.availableBytes)
    #expect(limits.usedAddressSpaceBytes > 0)
  }

  @Test("a limit on address space is seen")
  func addressSpace() async {
    await #expect(processExitsWith: .success) {
      let used = try ProcessMemory.current().addressSpaceBytes
      let allowed = used + 1 << 30
      try setAddressSpaceLimit(allowed)
      let limits = try MemoryLimits.current()
      #expect(limits.addressSpaceBytes == allowed)
      #expect(limits.furtherBytes <= 1 << 30)
    }
  }
}

private func group(_ version: Int, _ folders: [String]) -> ControlGroup {
  ControlGroup(version: version, folders: folders)
}
