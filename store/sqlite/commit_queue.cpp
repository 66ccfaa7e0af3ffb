// How several writes share one commit.
//
// Definitions
//   entry    one call of write(), runAlone() or tryRunAlone(); it lives on its caller's stack until that returns.
//   line     the entries that have not been answered, in the order of arrival.
//   leader   the entry at the front of the line. Its thread alone uses the target.
//   group    the leader and the writes behind it that share its transaction; a run of the line from its front.
//   verdict  any exception of a `change`: its own decision, made on what it saw.
//   outage   a StoreError that the queue hands out itself: the transaction did not come to be.
//
//                        front of the line            carryOut(): the leader ran it
//   enqueue() -> WAITING -------------------> LEADING -----------------------------> ANSWERED
//                   |                                                                ^
//                   +---- taken into a leader's group by gather() -------------------+
//                   +---- the same, and out of patience before beginFor() succeeded -+
//
//   handOver() then wakes the next leader, and answer() those who were taken along.
//
// Invariants
//   1. Only the thread of the entry at the front uses the target, and only with mutex_ released.
//   2. The group stays at the front of the line until it is answered; others only join behind. A leader that
//      runs out of patience leaves the rest of its group, unanswered, to the next one.
//   3. An entry is touched by another thread only while it is in line, and its wake-up happens under mutex_:
//      once its caller sees `answered`, nobody knows its address any more.
//   4. Each function runs at most once; it runs exactly once unless its caller gets an outage.
//   5. A function that throws leaves no trace in the transaction: in a group of one the transaction is rolled
//      back, in a larger one its savepoint is.
//   6. write() returns normally only after a successful commit that includes its function's changes.
//   7. If the commit fails or the transaction is lost midway, the whole group gets an outage, also those whose
//      function had thrown: their verdict rested on what others of the group had done, and that never happened.
//   8. An entry that waits in vain for other processes is answered about `patience_` after its request's
//      arrival, wherever that has waited, and never because somebody else of its group has run out of patience.
//   9. No more writes wait than `waitingLimit_`; whoever comes then is refused before it joins the line.
//  10. No lack of memory keeps the line from moving on: once a leader runs, nothing between gather() and
//      handOver() throws.
#include "store/sqlite/commit_queue.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "engine/errors.h"
#include "engine/patience.h"

namespace glitch_protocol::store {

using std::chrono::steady_clock;

struct CommitQueue::Entry {
  // Exactly one of the two is set.
  const std::function<void(Writer&)>* change = nullptr;
  const std::function<void()>* task = nullptr;
  steady_clock::time_point arrival = arrivalInHand().value_or(steady_clock::now());
  Condition turn{};
  bool answered = false;
  std::exception_ptr failure{};

  /// The entry gets an exception object of its own, since those of a group are thrown on different threads.
  /// `describe` makes the message from `cause`; where memory for it is lacking, the outage is that
  /// std::bad_alloc.
  void failAsOutage(const std::exception_ptr& cause,
                    std::string (*describe)(const std::exception_ptr&)) noexcept {
    try {
      failure = std::make_exception_ptr(StoreError(describe(cause)));
    } catch (...) {
      failure = std::current_exception();
    }
  }
};

namespace {

/// The message of an error of the target, whatever its type: it is handed out as a StoreError.
std::string describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "the database failed in an unknown way";
  }
}

/// What an outage says whose transaction was lost after `change` had run: `failure` is what that threw, if
/// anything.
std::string describeLoss(const std::exception_ptr& failure) {
  const std::string loss = "the transaction was lost to an error of the database";
  return failure ? loss + " (" + describe(failure) + ")" : loss;
}

/// Rounded up: when that has passed, so has the deadline.
std::chrono::milliseconds patienceUntil(steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  return std::max(left, std::chrono::milliseconds{0});
}

}  // namespace

CommitQueue::CommitQueue(TransactionTarget& target, Limits limits, OnCommit onCommit)
    : target_(target),
      groupLimit_(std::max<std::size_t>(limits.writesPerCommit, 1)),
      waitingLimit_(limits.waitingWrites),
      patience_(limits.patience),
      onCommit_(std::move(onCommit)) {
  group_.reserve(groupLimit_);
}

void CommitQueue::write(const std::function<void(Writer&)>& change) {
  Entry entry;
  entry.change = &change;
  enqueue(entry);
}

void CommitQueue::runAlone(const std::function<void()>& task) {
  Entry entry;
  entry.task = &task;
  enqueue(entry);
}

bool CommitQueue::tryRunAlone(const std::function<void()>& task) {
  Entry entry;
  entry.task = &task;
  {
    const MutexLock lock(mutex_);
    if (!line_.empty()) return false;
    line_.push_back(&entry);
  }
  carryOut(entry);
  return true;
}

std::size_t CommitQueue::inLine() const {
  const MutexLock lock(mutex_);
  return line_.size();
}

void CommitQueue::enqueue(Entry& entry) {
  refuseNesting();
  {
    MutexLock lock(mutex_);
    if (entry.change != nullptr && line_.size() > waitingLimit_)
      throw BusyError("too many writes are waiting for the database");
    line_.push_back(&entry);
    entry.turn.wait(lock, [&]() REQUIRES(mutex_) { return entry.answered || line_.front() == &entry; });
  }
  if (entry.answered) {
    if (entry.failure) std::rethrow_exception(entry.failure);
    return;
  }
  carryOut(entry);
}

/// The leader's work, from taking the lead to giving it up.
void CommitQueue::carryOut(Entry& leader) {
  running_ = std::this_thread::get_id();
  if (leader.task != nullptr) {
    try {
      (*leader.task)();
    } catch (...) {
      leader.failure = std::current_exception();
    }
  } else {
    gather();
    beginFor(leader);
    if (!leader.failure) {
      group_.size() == 1 ? runSingle(leader) : runShared();
      answer(group_);
    }
    if (target_.needsTidying()) target_.tidyUp();
  }
  running_ = std::thread::id{};
  handOver();
  if (leader.failure) std::rethrow_exception(leader.failure);
}

void CommitQueue::gather() {
  group_.clear();
  const MutexLock lock(mutex_);
  for (Entry* entry : line_) {
    if (entry->change == nullptr || group_.size() == groupLimit_) break;
    group_.push_back(entry);
  }
}

/// Opens the transaction. Who runs out of patience before that gets an outage, everybody does when the database
/// fails for another reason; who is left stays in the group. Without its leader nobody is run: the others are
/// the next leader's.
void CommitQueue::beginFor(const Entry& leader) {
  while (!leader.failure) {
    const auto deadline = std::ranges::min(group_, {}, &Entry::arrival)->arrival + patience_;
    try {
      return target_.begin(patienceUntil(deadline));
    } catch (...) {
      refuse(std::current_exception(), deadline);
    }
  }
}

/// After an attempt to begin that failed because of `cause`, and was to last until `deadline`.
void CommitQueue::refuse(const std::exception_ptr& cause, steady_clock::time_point deadline) {
  const auto now = steady_clock::now();
  const auto mayWait = [&](const Entry* entry) {
    return now >= deadline && now < entry->arrival + patience_;
  };
  const auto firstRefused = std::stable_partition(group_.begin(), group_.end(), mayWait);
  for (Entry* entry : std::span(firstRefused, group_.end())) entry->failAsOutage(cause, describe);
  answer(std::span(firstRefused, group_.end()));
  group_.erase(firstRefused, group_.end());
}

void CommitQueue::runSingle(Entry& entry) {
  try {
    (*entry.change)(target_.writer());
  } catch (...) {
    entry.failure = std::current_exception();
  }
  if (target_.isLost()) entry.failAsOutage(entry.failure, describeLoss);
  if (entry.failure) return target_.rollBack();
  try {
    commit(1);
  } catch (...) {
    entry.failAsOutage(std::current_exception(), describe);
  }
}

void CommitQueue::runShared() {
  const auto failAll = [this](const std::exception_ptr& cause, auto describeCause) {
    for (Entry* entry : group_) entry->failAsOutage(cause, describeCause);
  };
  std::size_t kept = 0;
  for (Entry* entry : group_) {
    if (runInSavepoint(*entry)) ++kept;
    if (!target_.isLost()) continue;
    target_.rollBack();
    return failAll(std::exception_ptr(entry->failure), describeLoss);
  }
  // With nothing kept, every verdict rested on committed data alone and needs no commit to stand.
  if (kept == 0) return target_.rollBack();
  try {
    commit(kept);
  } catch (...) {
    failAll(std::current_exception(), describe);
  }
}

/// True when the function returned and its changes are part of the transaction. An error of the savepoint
/// itself makes the target lost.
bool CommitQueue::runInSavepoint(Entry& entry) {
  try {
    target_.savepoint();
  } catch (...) {
    entry.failure = std::current_exception();
    return false;
  }
  try {
    (*entry.change)(target_.writer());
    target_.release();
    return true;
  } catch (...) {
    entry.failure = std::current_exception();
  }
  if (target_.isLost()) return false;
  try {
    target_.rollBackTo();
  } catch (...) {
    entry.failAsOutage(std::current_exception(), describe);
  }
  return false;
}

void CommitQueue::commit(std::size_t writes) {
  if (!onCommit_) return target_.commit();
  const auto begin = steady_clock::now();
  target_.commit();
  onCommit_(writes, steady_clock::now() - begin);
}

/// The leader stays in line: it may still have to tidy up before another thread uses the target.
void CommitQueue::answer(std::span<Entry* const> answered) {
  const MutexLock lock(mutex_);
  const Entry* const leader = line_.front();
  for (Entry* entry : answered) entry->answered = entry != leader;
  std::erase_if(line_, [](const Entry* entry) { return entry->answered; });
  for (Entry* entry : answered) {
    if (entry != leader) entry->turn.notifyOne();
  }
}

void CommitQueue::handOver() {
  const MutexLock lock(mutex_);
  line_.pop_front();
  if (!line_.empty()) line_.front()->turn.notifyOne();
}

void CommitQueue::refuseNesting() const {
  if (running_ == std::this_thread::get_id()) throw std::logic_error("a write inside a write");
}

}  // namespace glitch_protocol::store
