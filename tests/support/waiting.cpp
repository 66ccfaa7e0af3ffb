// Waiting for other threads with a time limit.
#include "tests/support/waiting.h"

#include <barrier>
#include <thread>
#include <vector>

namespace glitch_protocol {

bool eventually(const std::function<bool()>& condition) {
  const auto latest = std::chrono::steady_clock::now() + testPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > latest) return false;
    std::this_thread::yield();
  }
  return true;
}

void atOnce(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::barrier begin(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void Gate::open() {
  std::call_once(once_, [this] { open_.set_value(); });
}

}  // namespace glitch_protocol
