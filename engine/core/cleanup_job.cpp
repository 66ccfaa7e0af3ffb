#include "engine/core/cleanup_job.h"

#include <utility>

namespace glitch_protocol {

void CleanupJob::start(std::chrono::milliseconds interval, std::function<void()> work) {
  const std::lock_guard one(starting_);
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this, interval, work = std::move(work)] { run(interval, work); });
}

void CleanupJob::stop() {
  const std::lock_guard one(starting_);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  thread_ = std::thread{};
}

void CleanupJob::run(std::chrono::milliseconds interval, const std::function<void()>& work) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval, [this] { return stopping_; })) {
    lock.unlock();
    work();
    lock.lock();
  }
}

}  // namespace glitch_protocol
