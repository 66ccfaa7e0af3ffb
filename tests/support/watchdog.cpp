// The watchdog is a listener of Catch2, which tells it when a test case or a section starts.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using ListenerBase = Catch::EventListenerBase;
#else
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
#include <vector>

#include "tests/support/watchdog.h"

namespace glitch_protocol {
namespace {

constexpr const char* usualReasons =
    "It waits for a lock or for another thread. The usual reasons in a database adapter: a read or write\n"
    "inside of another one on the same thread waits for itself (NestingGuard refuses it at once), or a\n"
    "transaction whose function threw an exception was left open, and the next one waits for it.\n";

class Watchdog {
 public:
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void start() {
    const std::lock_guard lock(mutex_);
    names_.clear();  // Catch2 enters the test case as its outermost section
    ++cases_;
    changed_.notify_all();
  }

  void enter(const std::string& section) {
    const std::lock_guard lock(mutex_);
    names_.push_back(section);
  }

  void leave() {
    const std::lock_guard lock(mutex_);
    if (!names_.empty()) names_.pop_back();
  }

 private:
  /// By default 10 minutes: under ThreadSanitizer the slowest test case takes half a minute on a machine without other
  /// load.
  static std::chrono::seconds limit() {
    const char* const seconds = std::getenv("TEST_CASE_SECONDS");
    return std::chrono::seconds{seconds ? std::atol(seconds) : 600};
  }

  void run() {
    std::unique_lock lock(mutex_);
    while (!ended_) {
      const int watched = cases_;
      if (changed_.wait_for(lock, limit_, [&] { return ended_ || cases_ != watched; })) continue;
      std::fprintf(stderr, "\nThe test program ends because this test case has not finished in %lld s:\n",
                   static_cast<long long>(limit_.count()));
      for (const std::string& name : names_) std::fprintf(stderr, "  %s\n", name.c_str());
      std::fputs(usualReasons, stderr);
      std::_Exit(EXIT_FAILURE);
    }
  }

  const std::chrono::seconds limit_ = limit();
  std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  /// The test case and the sections inside of it.
  std::vector<std::string> names_{"before the first test case"};
  int cases_ = 0;
  bool ended_ = false;

  std::thread thread_{[this] { run(); }};
};

class WatchedCases : public ListenerBase {
 public:
  using ListenerBase::ListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    ListenerBase::testCaseStarting(info);
    watchdog_.start();
  }
  void sectionStarting(const Catch::SectionInfo& info) override {
    ListenerBase::sectionStarting(info);
    watchdog_.enter(info.name);
  }
  void sectionEnded(const Catch::SectionStats& stats) override {
    ListenerBase::sectionEnded(stats);
    watchdog_.leave();
  }

 private:
  Watchdog watchdog_;
};
CATCH_REGISTER_LISTENER(WatchedCases)

}  // namespace

void watchTestCases() {}

}  // namespace glitch_protocol
