import SystemCalls
import Testing

@Suite("Waiting threads")
struct WaitingThreadsTests {
  @Test("who else runs is read from the load, the asking task left out")
  func others() {
    #expect(WaitingThreads.otherRunningCount(loadText: "0.31 0.20 0.18 1/79 2434\n") == 0)
    #expect(WaitingThreads.otherRunningCount(loadText: "12.00 9.5 7.01 14/1203 99\n") == 13)
    for text in ["", "0.31 0.20 0.18", "0.31 0.20 0.18 0/79 1", "0.31 0.20 0.18 x/79 1"] {
      #expect(WaitingThreads.otherRunningCount(loadText: text) == nil, "\(text)")
    }
  }

  @Test("a number of turns is the variable that libgomp reads")
  func setting() {
    #expect(WaitingThreads(spinCount: 250).setting == "GOMP_SPINCOUNT=250")
  }
}
