#include "web/connection/lane.h"

#include <new>
#include <system_error>
#include <utility>

namespace glitch_protocol::web {

WorkLane::WorkLane(Shape shape, MakeServe makeServe)
    : shape_(shape), makeServe_(std::move(makeServe)), queue_(shape.queue) {
  try {
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < shape_.threads; ++i) startThread();
  } catch (...) {
    stop();  // a running std::thread must not be destroyed
    throw;
  }
}

WorkLane::~WorkLane() {
  stop();
}

std::optional<WaitingRequest> WorkLane::offer(WaitingRequest request) {
  std::optional<WaitingRequest> refused;
  {
    const MutexLock lock(mutex_);
    if (stopping_) return request;
    if (queue_.size() >= idle_ && threads_.size() < shape_.maxThreads) tryStartThread();
    refused = queue_.push(std::move(request));
  }
  changed_.notifyOne();
  return refused;
}

// All allocation happens here, where a failure leaves everything running.
void WorkLane::startThread() {
  threads_.reserve(threads_.size() + 1);
  threads_.emplace_back([this, serve = makeServe_()] { run(serve); });
  ++idle_;
}

// If the system has no more threads, or no memory for one, the running ones have to suffice.
void WorkLane::tryStartThread() {
  try {
    startThread();
  } catch (const std::system_error&) {
    return;
  } catch (const std::bad_alloc&) {
    return;
  }
}

std::size_t WorkLane::waiting() const {
  const MutexLock lock(mutex_);
  return queue_.size();
}

void WorkLane::stop() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  changed_.notifyAll();
  for (auto& thread : threads) thread.join();
}

void WorkLane::run(const Serve& serve) {
  for (;;) {
    MutexLock lock(mutex_);
    changed_.wait(lock, [&]() REQUIRES(mutex_) { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    WaitingRequest request = queue_.pop();
    --idle_;
    lock.unlock();
    serve(std::move(request));
    lock.lock();
    ++idle_;
  }
}

}  // namespace glitch_protocol::web
