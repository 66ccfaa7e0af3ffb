#include "web/connection/lane.h"

#include <system_error>
#include <utility>

namespace glitch_protocol::web {

WorkLane::WorkLane(Shape shape, MakeServe makeServe) : shape_(shape), makeServe_(std::move(makeServe)) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < shape_.threads; ++i) startThread();
}

WorkLane::~WorkLane() {
  stop();
}

bool WorkLane::offer(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= shape_.queue) return false;
    if (queue_.size() >= idle_ && threads_.size() < shape_.mostThreads) startThreadIfThereIsOne();
    queue_.push_back(&connection);
  }
  changed_.notify_one();
  return true;
}

// With mutex_ held.
void WorkLane::startThread() {
  threads_.emplace_back([this] { run(); });
  ++idle_;
}

// With mutex_ held. When the system has no more threads, those that run will do.
void WorkLane::startThreadIfThereIsOne() {
  try {
    startThread();
  } catch (const std::system_error&) {
    return;
  }
}

std::size_t WorkLane::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WorkLane::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (auto& thread : threads) thread.join();
}

void WorkLane::run() {
  const Serve serve = makeServe_();
  for (;;) {
    Connection* connection = nullptr;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      connection = queue_.front();
      queue_.pop_front();
      --idle_;
    }
    serve(*connection);
    const std::lock_guard lock(mutex_);
    ++idle_;
  }
}

}  // namespace glitch_protocol::web
