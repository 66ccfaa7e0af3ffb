// Waiting for other threads, always with a time limit, so that a defect fails a test instead of hanging it. For what
// has no limit, such as joining a thread, there is the watchdog in watchdog.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>

namespace glitch_protocol {

/// How long tests wait. It is long because only a failing test waits for all of it.
constexpr std::chrono::seconds testPatience{20};

/// Waits until `condition` is true. Returns false if it is not within `testPatience`.
bool eventually(const std::function<bool()>& condition);

/// Waits for the value that another thread sets. Throws std::runtime_error if it is not set within `testPatience`.
template <class Future>
auto valueOf(Future&& future) {
  if (future.wait_for(testPatience) != std::future_status::ready)
    throw std::runtime_error("another thread did not finish what the test waits for");
  return future.get();
}

/// Runs work(0) to work(count - 1), each on a separate thread. They begin together; returns when all have ended.
void atOnce(std::size_t count, const std::function<void(std::size_t)>& work);

/// Blocks other threads until it is opened, at the latest by its destructor, so that a failing test leaves no thread
/// behind. *Thread-safe.*
class Gate {
 public:
  Gate() : opened_(open_.get_future().share()) {}
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Opens it permanently.
  void open();
  /// Waits until it is open. Returns false if that takes longer than `testPatience`.
  bool pass() const { return opened_.wait_for(testPatience) == std::future_status::ready; }

 private:
  std::promise<void> open_;
  const std::shared_future<void> opened_;
  std::once_flag once_;
};

}  // namespace glitch_protocol
