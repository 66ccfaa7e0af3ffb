// Mutexes whose use the compiler checks: clang's -Wthread-safety reports every access to a guarded member without its
// lock. For other compilers the annotations are empty.
//
//   mutable Mutex mutex_;
//   std::size_t count_ GUARDED_BY(mutex_) = 0;    // read and written only while mutex_ is held
//   void add() REQUIRES(mutex_);                  // the caller holds mutex_
//   void stop() EXCLUDES(mutex_);                 // the caller does not hold mutex_: stop() locks it
//
//   MutexLock lock(mutex_);                       // holds mutex_ until the end of the scope
//   changed_.wait(lock, [&]() REQUIRES(mutex_) { return count_ == 0; });
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#ifdef __clang__
#define THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define THREAD_SAFETY(attribute)
#endif

#define CAPABILITY(name) THREAD_SAFETY(capability(name))
#define SCOPED_CAPABILITY THREAD_SAFETY(scoped_lockable)
#define GUARDED_BY(mutex) THREAD_SAFETY(guarded_by(mutex))
#define REQUIRES(...) THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) THREAD_SAFETY(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define RELEASE(...) THREAD_SAFETY(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS THREAD_SAFETY(no_thread_safety_analysis)

namespace glitch_protocol::inline v1 {

/// std::mutex with annotations; locked through MutexLock. *Thread-safe.*
class CAPABILITY("mutex") Mutex {
 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Holds a Mutex until the end of the scope, except between unlock() and lock(). As fast as std::lock_guard.
/// *One thread at a time.*
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void unlock() RELEASE() { lock_.unlock(); }
  void lock() ACQUIRE() { lock_.lock(); }

 private:
  friend class Condition;
  std::unique_lock<std::mutex> lock_;
};

/// std::condition_variable for MutexLock. Predicates run with the mutex held and must declare it:
/// `[&]() REQUIRES(mutex_) {...}`. *Thread-safe.*
class Condition {
 public:
  /// Returns when `predicate` is true.
  template <class Predicate>
  void wait(MutexLock& lock, Predicate predicate) NO_THREAD_SAFETY_ANALYSIS {
    condition_.wait(lock.lock_, std::move(predicate));
  }

  /// Returns the value of `predicate` as soon as it is true or the time is up.
  template <class Predicate>
  bool waitFor(MutexLock& lock, std::chrono::steady_clock::duration atMost,
               Predicate predicate) NO_THREAD_SAFETY_ANALYSIS {
    return condition_.wait_for(lock.lock_, atMost, std::move(predicate));
  }
  template <class Predicate>
  bool waitUntil(MutexLock& lock, std::chrono::steady_clock::time_point latest,
                 Predicate predicate) NO_THREAD_SAFETY_ANALYSIS {
    return condition_.wait_until(lock.lock_, latest, std::move(predicate));
  }

  void notifyOne() { condition_.notify_one(); }
  void notifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace glitch_protocol::inline v1
