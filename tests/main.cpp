// The main function of each test program, and a watchdog that ends the program when a test case hangs.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>  // Catch2 3 links a main of its own (Makefile)
using ListenerBase = Catch::EventListenerBase;
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
using ListenerBase = Catch::TestEventListenerBase;
#endif

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace {

/// Ends the program, naming the test case, when one takes longer than `limit`: a join or a lock that never returns.
class Watchdog {
 public:
  ~Watchdog() {
    watch("");
    thread_.join();
  }

  /// From now on `name` is running; "" ends the watching.
  void watch(const std::string& name) {
    const std::lock_guard lock(mutex_);
    name_ = name;
    ++cases_;
    changed_.notify_all();
  }

 private:
  // The slowest takes half a minute under ThreadSanitizer, where the machine has nothing else to do.
  static constexpr std::chrono::minutes limit{10};

  void run() {
    std::unique_lock lock(mutex_);
    while (!name_.empty()) {
      const int present = cases_;
      if (changed_.wait_for(lock, limit, [&] { return cases_ != present; })) continue;
      std::fprintf(stderr, "\nThis test case hangs, and is ended: \"%s\"\n", name_.c_str());
      std::_Exit(EXIT_FAILURE);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string name_ = "before the first test case";
  int cases_ = 0;
  std::thread thread_{[this] { run(); }};
};

class WatchedCases : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo& info) override { watchdog_.watch(info.name); }

 private:
  Watchdog watchdog_;
};
CATCH_REGISTER_LISTENER(WatchedCases)

}  // namespace
