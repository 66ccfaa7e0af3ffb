// Tests the commit queue: who shares a commit, what each caller gets when something fails, and who waits.
#include "store/sqlite/commit_queue.h"

#include <algorithm>
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
#include "engine/patience.h"
#include "store/sqlite/write_connection.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::store {

using namespace std::chrono_literals;

namespace {

/// A real database in memory that can be blocked at a commit and made to fail, and that counts its calls.
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
  std::atomic<std::chrono::milliseconds> lastPatience{0ms};
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
std::string outcome(const std::function<void()>& call) {
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
/// been answered when run() returns.
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

void note(Writer& writer, const std::string& event) {
  writer.audit().insert(sample::auditEvent(UserId("user-ada"), event, sample::at(0)));
}

/// The committed notes, in order.
std::vector<std::string> notes(CommitQueue& queue) {
  std::vector<std::string> found;
  queue.write([&](Writer& writer) {
    for (const AuditEvent& event : writer.audit().list(UserId("user-ada"), 1000))
      found.push_back(event.event);
  });
  std::reverse(found.begin(), found.end());
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a single write commits without a savepoint") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  queue.write([](Writer& writer) { note(writer, "a"); });
  CHECK(target.begins == 1);
  CHECK(target.commits == 1);
  CHECK(target.savepoints == 0);
  CHECK(notes(queue) == Texts{"a"});
}

TEST_CASE("writes that wait at the same time share one commit and run in the order of arrival") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  std::atomic<int> runs{0};
  for (int i = 0; i < 5; ++i) {
    line.addWrite([&, i](Writer& writer) {
      ++runs;
      note(writer, std::to_string(i));
    });
  }
  CHECK(line.run() == Texts(5, "done"));
  CHECK(target.commits == 2);
  CHECK(target.savepoints == 5);
  CHECK(runs == 5);
  CHECK(notes(queue) == Texts{"0", "1", "2", "3", "4"});
}

TEST_CASE(
    "onCommit is called after each successful commit with the number of writes whose changes it contains") {
  ScriptedTarget target;
  std::vector<std::size_t> told;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s},
                    [&](std::size_t writes, std::chrono::nanoseconds took) {
                      if (took >= 0ns) told.push_back(writes);
                    });
  WaitingLine line(target, queue);
  line.addWrite([](Writer& writer) { note(writer, "a"); });
  line.addWrite([](Writer&) { throw OwnException("no"); });
  line.addWrite([](Writer& writer) { note(writer, "b"); });
  line.run();
  CHECK(told == std::vector<std::size_t>{1, 2});
  CHECK(outcome([&] { queue.write([](Writer&) { throw OwnException("no"); }); }) == "own no");
  target.failCommit = true;
  CHECK(outcome([&] { queue.write([](Writer&) {}); }) == "outage");
  CHECK(told.size() == 2);
}

TEST_CASE(
    "in a shared commit only the functions that throw are rolled back, and their callers get their "
    "exceptions") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  for (int i = 0; i < 6; ++i) {
    line.addWrite([i](Writer& writer) {
      note(writer, std::to_string(i));
      if (i % 2 == 0) throw OwnException(std::to_string(i));
    });
  }
  CHECK(line.run() == Texts{"own 0", "done", "own 2", "done", "own 4", "done"});
  CHECK(notes(queue) == Texts{"1", "3", "5"});
}

TEST_CASE("a shared commit that fails is an outage for all, also for callers whose functions threw") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  line.addWrite([](Writer& writer) { note(writer, "kept"); });
  // The blocked leader has committed by then.
  line.addWrite([&](Writer&) {
    target.failCommit = true;
    throw OwnException("after changes that will be undone");
  });
  line.addWrite([](Writer& writer) { note(writer, "also kept"); });
  CHECK(line.run() == Texts(3, "outage"));
  target.failCommit = false;
  CHECK(notes(queue).empty());
}

TEST_CASE("a transaction that is lost midway is an outage for all, and no further function runs") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  std::atomic<int> runs{0};
  for (int i = 0; i < 5; ++i) {
    line.addWrite([&, i](Writer& writer) {
      ++runs;
      note(writer, std::to_string(i));
      if (i == 1) throw OwnException("early");
      if (i == 2) target.lost = true;
    });
  }
  CHECK(line.run() == Texts(5, "outage"));
  CHECK(runs == 3);
  CHECK(notes(queue).empty());
}

TEST_CASE("a savepoint that cannot be rolled back to is an outage for all") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  line.addWrite([](Writer& writer) { note(writer, "kept"); });
  line.addWrite([&](Writer&) {
    target.failRollBackTo = true;
    throw OwnException("early");
  });
  CHECK(line.run() == Texts(2, "outage"));
  CHECK(notes(queue).empty());
}

TEST_CASE("a transaction that cannot begin is an outage for all, and no function runs") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  std::atomic<int> runs{0};
  for (int i = 0; i < 3; ++i) line.addWrite([&](Writer&) { ++runs; });
  target.failBegin = true;
  CHECK(line.run() == Texts(3, "outage"));
  CHECK(runs == 0);
  target.failBegin = false;
  CHECK(outcome([&] { queue.write([](Writer&) {}); }) == "done");
}

TEST_CASE("the time that a request has waited before it calls write() counts towards its patience") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 3h});
  const auto now = std::chrono::steady_clock::now();
  {
    const ArrivalScope early(now - 2h);
    queue.write([](Writer&) {});
    CHECK(target.lastPatience.load() <= 1h);
    CHECK(target.lastPatience.load() > 50min);
    {
      const ArrivalScope hopeless(now - 4h);
      CHECK(outcome([&] { queue.write([](Writer&) {}); }) == "done");
      CHECK(target.lastPatience.load() == 0ms);
    }
    queue.write([](Writer&) {});
    CHECK(target.lastPatience.load() <= 1h);
  }
  queue.write([](Writer&) {});
  CHECK(target.lastPatience.load() > 2h);
}

TEST_CASE("a write whose patience ends at a lock gets an outage, and the others of its group continue") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1h});
  WaitingLine line(target, queue);
  const bool asLeader = GENERATE(true, false);
  const auto late = std::chrono::steady_clock::now() - 2h;
  if (!asLeader) line.addWrite([](Writer& writer) { note(writer, "first"); });
  for (const char* name : {"late", "late too"}) {
    line.add([&, name] {
      const ArrivalScope scope(late);
      queue.write([&](Writer& writer) { note(writer, name); });
    });
  }
  line.addWrite([](Writer& writer) { note(writer, "last"); });
  target.failOneBegin = true;
  CHECK(line.run() ==
        (asLeader ? Texts{"outage", "outage", "done"} : Texts{"done", "outage", "outage", "done"}));
  CHECK(notes(queue) == (asLeader ? Texts{"last"} : Texts{"first", "last"}));
}

TEST_CASE("a group whose functions all throw needs no commit") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  for (int i = 0; i < 3; ++i) {
    line.addWrite([&, i](Writer& writer) {
      target.failCommit = true;
      note(writer, "undone");
      throw OwnException(std::to_string(i));
    });
  }
  CHECK(line.run() == Texts{"own 0", "own 1", "own 2"});
  CHECK(target.commits == 1);
  target.failCommit = false;
  CHECK(notes(queue).empty());
}

TEST_CASE(
    "the caller of a single write gets its own exception, or an outage if the database failed meanwhile") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  CHECK(outcome([&] { queue.write([](Writer&) { throw OwnException("valid"); }); }) == "own valid");
  const auto throwAfterLoss = [&] {
    queue.write([&](Writer& writer) {
      note(writer, "undone");
      target.lost = true;
      throw OwnException("invalid");
    });
  };
  CHECK(outcome(throwAfterLoss) == "outage");
  CHECK(notes(queue).empty());
}

TEST_CASE("at most `writesPerCommit` writes share a commit") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 4, .patience = 1s});
  WaitingLine line(target, queue);
  for (int i = 0; i < 10; ++i) line.addWrite([i](Writer& writer) { note(writer, std::to_string(i)); });
  CHECK(line.run() == Texts(10, "done"));
  CHECK(target.commits == 1 + 3);
  CHECK(notes(queue).size() == 10);
}

TEST_CASE("a task of runAlone() runs in its turn between the writes, outside any transaction") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  std::atomic<int> commitsBefore{0};
  line.addWrite([](Writer& writer) { note(writer, "before"); });
  line.add([&] { queue.runAlone([&] { commitsBefore = target.commits.load(); }); });
  line.addWrite([](Writer& writer) { note(writer, "after"); });
  line.add([&] { queue.runAlone([] { throw OwnException("its own"); }); });
  CHECK_FALSE(queue.tryRunAlone([] {}));
  CHECK(line.run() == Texts{"done", "done", "done", "own its own"});
  CHECK(commitsBefore == 2);
  CHECK(target.commits == 3);
  bool ran = false;
  CHECK(queue.tryRunAlone([&] { ran = true; }));
  CHECK(ran);
}

TEST_CASE("a write beyond the max number of waiting ones is refused at once, a task is not") {
  ScriptedTarget target;
  CommitQueue queue(target, {.waitingWrites = 2, .patience = 1s});
  WaitingLine line(target, queue);
  line.addWrite([](Writer&) {});
  line.addWrite([](Writer&) {});
  bool ran = false;
  CHECK(outcome([&] { queue.write([&](Writer&) { ran = true; }); }) == "busy");
  CHECK(queue.inLine() == 3);
  bool taskRan = false;
  line.add([&] { queue.runAlone([&] { taskRan = true; }); });
  CHECK(line.run() == Texts{"done", "done", "done"});
  CHECK_FALSE(ran);
  CHECK(taskRan);
  CHECK(outcome([&] { queue.write([](Writer&) {}); }) == "done");
}

TEST_CASE("a write inside the function of another group member is refused, as inside the leader's") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 1s});
  WaitingLine line(target, queue);
  line.addWrite([](Writer&) {});
  line.addWrite([&](Writer&) {
    try {
      queue.write([](Writer&) {});
    } catch (const std::logic_error&) {
      throw OwnException("refused");
    }
  });
  CHECK(line.run() == Texts{"done", "own refused"});
}

TEST_CASE("no increment is lost when 32 threads make 1000 each, and each function runs exactly once") {
  ScriptedTarget target;
  CommitQueue queue(target, {.writesPerCommit = 128, .patience = 30s});
  queue.write([](Writer& writer) {
    writer.users().insert(sample::user("ada"));
    writer.sessions().insert(sample::session("ada", "laptop"));
    writer.lineages().insert(sample::lineage("laptop", 1));
  });
  std::atomic<int> runs{0};
  atOnce(32, [&](std::size_t) {
    for (int i = 0; i < 1000; ++i) {
      queue.write([&](Writer& writer) {
        ++runs;
        const std::uint64_t counter = writer.lineages().find(sample::lineageId(1))->counter;
        writer.lineages().advance(sample::lineageId(1), counter, sample::at(0), sample::at(1000));
      });
    }
  });
  std::uint64_t counter = 0;
  queue.write([&](Writer& writer) { counter = writer.lineages().find(sample::lineageId(1))->counter; });
  CHECK(counter == 32'000);
  CHECK(runs == 32'000);
  CHECK(target.commits < 32'000);
}

}  // namespace glitch_protocol::store
