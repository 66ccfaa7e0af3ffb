// Calls a function every now and then on a thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "engine/sync/mutex.h"

namespace glitch_protocol {

/// *Thread-safe.* The interval is measured by the steady clock, from the end of one run to the start of the
/// next.
class CleanupJob {
 public:
  CleanupJob() = default;
  ~CleanupJob() { stop(); }
  CleanupJob(const CleanupJob&) = delete;
  CleanupJob& operator=(const CleanupJob&) = delete;

  /// First run after `interval`. `work` must not throw. Does nothing when the job runs already.
  void start(std::chrono::milliseconds interval, std::function<void()> work);
  /// Returns when no run is going on: at once in mid-interval. Does nothing when no job runs. Not from
  /// `work`.
  void stop();

 private:
  void run(std::chrono::milliseconds interval, const std::function<void()>& work);

  /// Held by start() and stop() throughout.
  Mutex starting_;
  std::thread thread_ GUARDED_BY(starting_);

  Mutex mutex_;
  Condition changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol
