// For tests of the commit queue: a target that a test controls, and callers that wait in line.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/errors.h"
#include "store/sqlite/commit_queue.h"
#include "store/sqlite/write_connection.h"
#include "tests/catch.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::store {

/// A real database in memory that can be blocked at a commit and made to fail, and that counts its calls. *One thread
/// at a time*, except the gate, the counters and the switches, which any thread may use.
class ScriptedTarget : public TransactionTarget {
 public:
  /// The next commit waits for openGate().
  void closeGate() { gateOpen_ = false; }
  void openGate() {
    std::lock_guard lock(mutex_);
    gateOpen_ = true;
    opened_.notify_all();
  }

  void begin(std::chrono::milliseconds patience) override {
    ++begins;
    lastPatience = patience;
    if (failBegin) throw StoreError("begin fails");
    if (failOneBegin.exchange(false)) throw StoreError("locked");
    inner_.begin(patience);
  }
  void commit() override {
    {
      std::unique_lock lock(mutex_);
      opened_.wait_for(lock, testPatience, [&] { return gateOpen_.load(); });
    }
    ++commits;
    if (!failCommit) return inner_.commit();
    inner_.rollBack();
    throw StoreError("commit fails");
  }
  void rollBack() noexcept override {
    ++rollBacks;
    lost = false;
    inner_.rollBack();
  }
  void savepoint() override {
    ++savepoints;
    inner_.savepoint();
  }
  void release() override { inner_.release(); }
  void rollBackTo() override {
    if (failRollBackTo) {
      lost = true;
      throw StoreError("roll back to fails");
    }
    inner_.rollBackTo();
  }
  Writer& writer() override { return inner_.writer(); }
  bool isLost() const override { return lost || inner_.isLost(); }
  bool needsTidying() const override { return false; }
  void tidyUp() noexcept override {}

  std::atomic<int> begins{0};
  std::atomic<int> commits{0};
  std::atomic<int> rollBacks{0};
  std::atomic<int> savepoints{0};
  std::atomic<std::chrono::milliseconds> lastPatience{std::chrono::milliseconds{0}};
  std::atomic<bool> failBegin{false};
  std::atomic<bool> failOneBegin{false};
  std::atomic<bool> failCommit{false};
  std::atomic<bool> failRollBackTo{false};
  std::atomic<bool> lost{false};

 private:
  WriteConnection inner_{InMemory{}, DatabaseUse::production};
  std::mutex mutex_;
  std::condition_variable opened_;
  std::atomic<bool> gateOpen_{true};
};

/// An exception that the function of a write throws itself.
struct OwnException : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How a call ended for its caller.
inline std::string outcome(const std::function<void()>& call) {
  try {
    call();
    return "done";
  } catch (const OwnException& exception) {
    return std::string("own ") + exception.what();
  } catch (const StoreError&) {
    return "outage";
  } catch (const BusyError&) {
    return "busy";
  }
}

/// Callers that wait behind a leader that is blocked at its commit, in the order in which they were added. All have
/// been answered when run() returns. *One thread at a time.*
class WaitingLine {
 public:
  WaitingLine(ScriptedTarget& target, CommitQueue& queue) : target_(target), queue_(queue) {
    target_.closeGate();
    add([this] { queue_.write([](Writer&) {}); });
    // Others may join only after the leader has gathered its group of one.
    REQUIRE(eventually([&] { return target_.begins > 0; }));
  }

  void add(const std::function<void()>& call) {
    const std::size_t number = threads_.size();
    outcomes_.emplace_back();
    threads_.emplace_back([this, call, number] {
      const std::string result = outcome(call);
      std::lock_guard lock(mutex_);
      outcomes_[number] = result;
    });
    REQUIRE(eventually([&] { return queue_.inLine() > number; }));
  }
  void addWrite(const std::function<void(Writer&)>& change) {
    add([this, change] { queue_.write(change); });
  }

  /// Unblocks the leader, and returns the outcomes of the others in order.
  std::vector<std::string> run() {
    target_.openGate();
    for (std::jthread& thread : threads_) thread.join();
    return {outcomes_.begin() + 1, outcomes_.end()};
  }

 private:
  ScriptedTarget& target_;
  CommitQueue& queue_;
  std::mutex mutex_;
  std::vector<std::string> outcomes_ = reserved<std::string>();
  std::vector<std::jthread> threads_ = reserved<std::jthread>();  // joined also when a test fails early

  /// With enough capacity that no element moves while threads run.
  template <class T>
  static std::vector<T> reserved() {
    std::vector<T> many;
    many.reserve(64);
    return many;
  }
};

}  // namespace glitch_protocol::store
