// Waiting for another thread, with an end.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace glitch_protocol {

/// Waits until `condition` holds; false when it has not within ten seconds, so that a broken program fails a test and
/// never hangs it.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace glitch_protocol
