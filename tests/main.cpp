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

/// Ends the program with the name of the test case when one takes longer than the limit, because it waits for a
/// thread or a lock forever.
class Watchdog {
 public:
  ~Watchdog() {
    watch("");
    thread_.join();
  }

  /// To call when the test case `name` starts. "" stops the watchdog.
  void watch(const std::string& name) {
    const std::lock_guard lock(mutex_);
    name_ = name;
    ++cases_;
    changed_.notify_all();
  }

 private:
  /// TEST_CASE_SECONDS, by default 10 minutes: under ThreadSanitizer the slowest test case takes half a minute on a
  /// machine without other load.
  static std::chrono::seconds limit() {
    const char* const seconds = std::getenv("TEST_CASE_SECONDS");
    return std::chrono::seconds{seconds ? std::atol(seconds) : 600};
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!name_.empty()) {
      const int watched = cases_;
      if (changed_.wait_for(lock, limit_, [&] { return cases_ != watched; })) continue;
      std::fprintf(stderr,
                   "\nThe test program ends because this test case has not finished in %lld s: \"%s\"\n",
                   static_cast<long long>(limit_.count()), name_.c_str());
      std::_Exit(EXIT_FAILURE);
    }
  }

  const std::chrono::seconds limit_ = limit();
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
