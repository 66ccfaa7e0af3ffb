// Tests the commit queue: who shares a commit, what each caller gets when something fails, and who waits.
#include "store/sqlite/commit_queue.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/errors.h"
#include "engine/patience.h"
#include "tests/catch.h"
#include "tests/contract/sample_rows.h"
#include "tests/store/sqlite/commit_queue_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::store {

using namespace std::chrono_literals;

namespace {

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
  CommitQueue queue(target, {.patience = 1s});
  queue.write([](Writer& writer) { note(writer, "a"); });
  CHECK(target.begins == 1);
  CHECK(target.commits == 1);
  CHECK(target.savepoints == 0);
  CHECK(notes(queue) == Texts{"a"});
}

TEST_CASE("writes that wait at the same time share one commit and run in the order of arrival") {
  ScriptedTarget target;
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s}, [&](std::size_t writes, std::chrono::nanoseconds took) {
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 3h});
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
  CommitQueue queue(target, {.patience = 1h});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 1s});
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
  CommitQueue queue(target, {.patience = 30s});
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
