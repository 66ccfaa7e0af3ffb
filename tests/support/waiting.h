// Waiting for other threads, always with an end: a broken program fails a test and never hangs it. What has no end of its
// own, such as joining a thread, is ended by the watchdog in tests/main.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>

namespace glitch_protocol {

/// How long tests wait for what must come. Long, since it is waited for in full only by a test that fails.
constexpr std::chrono::seconds testPatience{20};

/// Waits until `condition` is true. False when it is not within `testPatience`.
bool eventually(const std::function<bool()>& condition);

/// Waits for the value that another thread sets. Throws std::runtime_error when it does not come within `testPatience`.
template <class Future>
auto valueOf(Future&& future) {
  if (future.wait_for(testPatience) != std::future_status::ready)
    throw std::runtime_error("another thread did not finish what the test waits for");
  return future.get();
}

/// Runs work(0) to work(count - 1), each on a thread of its own. They begin together; returns when all have ended.
void atOnce(std::size_t count, const std::function<void(std::size_t)>& work);

/// Keeps other threads from going on until it opens: in its destructor at the latest, so that a test that fails leaves
/// no thread behind. *Thread-safe.*
class Gate {
 public:
  Gate() : opened_(open_.get_future().share()) {}
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Opens it for good.
  void open();
  /// Waits until it is open. False when that takes longer than `testPatience`.
  bool pass() const { return opened_.wait_for(testPatience) == std::future_status::ready; }

 private:
  std::promise<void> open_;
  const std::shared_future<void> opened_;
  std::once_flag once_;
};

}  // namespace glitch_protocol
