import Glibc

/// Nanoseconds of a clock that only goes forward, from an arbitrary start: for differences. Some 20 ns a reading.
package func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  // It cannot fail: the clock exists on every Linux and the address is valid.
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Nanoseconds that the calling thread has had a processor: what others do on the machine shows little in it.
package func threadProcessorNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
