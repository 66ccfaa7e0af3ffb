#include "web/connection/lane.h"

namespace glitch_protocol::web {

WorkLane::WorkLane(Shape shape, MakeServe makeServe) : shape_(shape), makeServe_(std::move(makeServe)) {
  for (std::size_t i = 0; i < shape_.threads; ++i) threads_.emplace_back([this] { run(); });
}

WorkLane::~WorkLane() {
  stop();
}

bool WorkLane::offer(Connection& connection) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= shape_.queue) return false;
    queue_.push_back(&connection);
  }
  changed_.notify_one();
  return true;
}

std::size_t WorkLane::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void WorkLane::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
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
    }
    serve(*connection);
  }
}

}  // namespace glitch_protocol::web
