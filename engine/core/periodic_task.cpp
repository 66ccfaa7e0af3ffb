// One thread that waits for the interval or for stop().
#include "engine/core/periodic_task.h"

#include <utility>

namespace glitch_protocol::inline v1 {

void PeriodicTask::start(std::chrono::milliseconds interval, std::function<void()> work) {
  const MutexLock one(starting_);
  if (thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this, interval, work = std::move(work)] { run(interval, work); });
}

void PeriodicTask::stop() {
  const MutexLock one(starting_);
  if (!thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
  thread_.join();
  thread_ = std::thread{};
}

void PeriodicTask::run(std::chrono::milliseconds interval, const std::function<void()>& work) {
  MutexLock lock(mutex_);
  while (!changed_.waitFor(lock, interval, [this]() REQUIRES(mutex_) { return stopping_; })) {
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace glitch_protocol::inline v1
