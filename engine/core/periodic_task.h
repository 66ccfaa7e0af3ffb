// Calls a function periodically on a separate thread.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "engine/sync/mutex.h"

namespace glitch_protocol::inline v1 {

/// *Thread-safe.* The interval is measured by the steady clock, from the end of one run to the start of the next.
class PeriodicTask {
 public:
  PeriodicTask() = default;
  ~PeriodicTask() { stop(); }
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

  /// The first run is after `interval`. `work` must not throw. Has no effect if the job has been started.
  void start(std::chrono::milliseconds interval, std::function<void()> work);
  /// Stops the job. Waits for a run in progress, but not for the end of an interval. Has no effect if no job has been
  /// started. Must not be called from `work`.
  void stop();

 private:
  void run(std::chrono::milliseconds interval, const std::function<void()>& work);

  /// Held for the whole of start() and stop().
  Mutex starting_;
  std::thread thread_ GUARDED_BY(starting_);

  Mutex mutex_;
  Condition changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol::inline v1
