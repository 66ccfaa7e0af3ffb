// A pool of threads for requests that have to wait for a password hash, a commit or a probe.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/fair_queue.h"

namespace glitch_protocol::web {

/// Runs waiting requests on its own threads behind a bounded queue, so that they do not hold up others.
/// *Thread-safe.*
class WorkLane {
 public:
  using Serve = std::function<void(WaitingRequest)>;
  /// Called once for each thread before it starts; returns the function that serves its requests.
  using MakeServe = std::function<Serve()>;

  struct Shape {
    std::size_t threads = 1;  ///< started at once
    /// More threads start when a request finds none idle, up to this number in total.
    std::size_t maxThreads = 0;
    std::size_t queue = 0;  ///< requests that may wait for a thread
  };

  /// Throws std::system_error when the system cannot start a thread, std::bad_alloc when memory runs out;
  /// then no thread runs. `Serve` must not throw.
  WorkLane(Shape shape, MakeServe makeServe);
  /// Calls stop().
  ~WorkLane();

  WorkLane(const WorkLane&) = delete;
  WorkLane& operator=(const WorkLane&) = delete;

  /// Queues a request together with its connection, which the caller has taken. Returns the request that has
  /// no place, this one or another; it and its connection belong to the caller.
  std::optional<WaitingRequest> offer(WaitingRequest request);

  /// The number of requests that wait for a thread.
  std::size_t waiting() const;

  /// Serves the queued requests and ends the threads.
  void stop();

 private:
  void run(const Serve& serve);
  void startThread() REQUIRES(mutex_);
  void tryStartThread() REQUIRES(mutex_);

  // Constant after construction.
  const Shape shape_;
  const MakeServe makeServe_;

  mutable Mutex mutex_;
  Condition changed_;
  FairQueue queue_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;  ///< threads without a request, including those just started
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
