import Glibc

/// A mutex and a condition that threads wait on, at addresses of their own.
///
/// The calls cannot fail as they are used here: the mutex is plain, and only its holder unlocks it.
@safe
final class ThreadMonitor: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe condition.initialize(to: pthread_cond_t())
    unsafe Self.expectSuccess(pthread_mutex_init(mutex, nil))
    unsafe Self.expectSuccess(pthread_cond_init(condition, nil))
  }

  deinit {
    unsafe Self.expectSuccess(pthread_cond_destroy(condition))
    unsafe Self.expectSuccess(pthread_mutex_destroy(mutex))
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` while no other thread is inside.
  func locked<Result>(_ body: () -> Result) -> Result {
    unsafe Self.expectSuccess(pthread_mutex_lock(mutex))
    defer { unsafe Self.expectSuccess(pthread_mutex_unlock(mutex)) }
    return body()
  }

  /// Inside `locked`: leaves it until `isTrue` holds.
  func wait(until isTrue: () -> Bool) {
    while !isTrue() {
      unsafe Self.expectSuccess(pthread_cond_wait(condition, mutex))
    }
  }

  /// Wakes every waiting thread.
  func wakeAll() {
    unsafe Self.expectSuccess(pthread_cond_broadcast(condition))
  }

  private static func expectSuccess(_ result: Int32) {
    precondition(result == 0, "a pthread call on a mutex or condition failed: error \(result)")
  }
}
