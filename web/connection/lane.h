#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/fair_queue.h"

namespace glitch_protocol::web {

/// Threads of their own for requests that wait for something, behind a bounded queue; so waiting holds up
/// nobody else. *Thread-safe.*
class WorkLane {
 public:
  using Serve = std::function<void(WaitingRequest)>;
  /// Called once for each thread, before it starts: what that thread serves requests with.
  using MakeServe = std::function<Serve()>;

  struct Shape {
    std::size_t threads = 1;  ///< from the start on
    std::size_t maxThreads =
        0;                  ///< further ones start when a request finds none idle; fewer than `threads`: none
    std::size_t queue = 0;  ///< requests that may wait for a thread
  };

  /// Throws std::system_error when the system has no thread left, std::bad_alloc when memory is lacking; then
  /// no thread runs. `serve` must not throw.
  WorkLane(Shape shape, MakeServe makeServe);
  /// Stops first.
  ~WorkLane();

  WorkLane(const WorkLane&) = delete;
  WorkLane& operator=(const WorkLane&) = delete;

  /// Queues a request, and with it passes on its connection, which the caller has taken. Returns the request
  /// that there is no place for, this one or another: it and its connection are the caller's.
  std::optional<WaitingRequest> offer(WaitingRequest request);

  /// Requests that wait for a thread at this moment.
  std::size_t waiting() const;

  /// Serves what is queued and ends the threads.
  void stop();

 private:
  void run(const Serve& serve);
  void startThread() REQUIRES(mutex_);
  void startThreadIfThereIsOne() REQUIRES(mutex_);

  // Constant after construction.
  const Shape shape_;
  const MakeServe makeServe_;

  mutable Mutex mutex_;
  Condition changed_;
  FairQueue queue_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;  ///< threads without a request; those just started count
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
