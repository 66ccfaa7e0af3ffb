// Commits concurrent writes together: the thread of the oldest waiting write runs all of them in one transaction.
//
// Definitions
//   entry    one call of write(), runAlone() or tryRunAlone(). It is on its caller's stack until the call returns.
//   line     the entries that have not been answered, in the order of arrival.
//   leader   the entry at the front of the line. Only its thread uses the target.
//   group    the leader and the writes directly behind it that share its transaction.
//   outage   a StoreError that the queue creates: the transaction was not committed.
//
// The states of an entry, and the function behind each transition:
//
//                        first in line            carryOut() has run it
//   enqueue() -> WAITING ---------------> LEADING ----------------------------> ANSWERED
//                   |                                                              ^
//                   +-- gather() adds it to a group, whose leader runs it ---------+
//                   +-- the same, but its patience ends before beginFor() succeeds +
//
//   answer() wakes the other entries of the group; then handOver() wakes the next leader.
//
// Invariants
//   1. Only the thread of the leader uses the target, and it does not hold mutex_ meanwhile.
//   2. The group stays at the front of the line until it is answered; other entries join behind it. A leader whose
//      patience ends before the transaction begins leaves the rest of its group, unanswered, to the next leader.
//   3. Other threads access an entry only while it is in line, and wake it under mutex_: when its caller sees
//      `answered`, no other thread uses its address any more.
//   4. Each function runs at most once, and exactly once unless its caller gets an outage.
//   5. A function that throws leaves no changes in the transaction: the transaction is rolled back if its group has
//      only one entry, otherwise its savepoint is.
//   6. write() returns normally only after a successful commit that includes the changes of its function.
//   7. If the commit fails or the transaction is lost before it, the whole group gets an outage, including the entries
//      whose functions have thrown: they may have seen changes of the same group that are now rolled back.
//   8. An entry that waits for other processes without success is answered about `patience_` after the arrival of its
//      request, wherever the request has waited, and never because the patience of another entry has ended.
//   9. At most `waitingLimit_` writes wait; a further one is refused before it joins the line.
//  10. Lack of memory does not stop the line: once a leader runs, nothing between gather() and handOver() throws.
#include "store/sqlite/commit_queue.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include "engine/errors.h"
#include "engine/patience.h"

namespace glitch_protocol::inline v1::store {

using std::chrono::steady_clock;

struct CommitQueue::Entry {
  // Exactly one of these two is set.
  const std::function<void(Writer&)>* change = nullptr;
  const std::function<void()>* task = nullptr;
  steady_clock::time_point arrival = arrivalInHand().value_or(steady_clock::now());
  Condition turn{};
  bool answered = false;
  std::exception_ptr failure{};

  /// Each entry gets a separate exception object, since the entries of a group throw on different threads. `describe`
  /// makes the message from `cause`. If there is not enough memory for it, the caller gets that std::bad_alloc.
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

/// The message of an exception of any type, for a StoreError.
std::string describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "the database failed in an unknown way";
  }
}

/// The message for a transaction that was lost while a function ran. `failure` is what the function threw; null if
/// it returned.
std::string describeLoss(const std::exception_ptr& failure) {
  const std::string loss = "a database error ended the transaction";
  return failure ? loss + " (" + describe(failure) + ")" : loss;
}

/// Rounded up, so that a wait of this length does not end before the deadline.
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

/// What the leader does until it hands over to the next one.
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

/// Begins the transaction for the group. An entry whose patience ends first gets an outage and leaves the group, and
/// the others try again; if the database fails for another reason, all get an outage. If the leader gets one, nothing
/// runs: the rest of the group waits for the next leader.
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

/// Follows an attempt to begin that could last until `deadline` and failed because of `cause`: the entries that may not
/// wait any longer get an outage and leave the group.
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
  // If nothing is kept, all functions have thrown and have seen committed data only, so no commit is needed.
  if (kept == 0) return target_.rollBack();
  try {
    commit(kept);
  } catch (...) {
    failAll(std::current_exception(), describe);
  }
}

/// True if the function has returned and its changes are part of the transaction. An error of the savepoint itself
/// makes the transaction lost.
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

/// The leader stays in line, since it may have to tidy up before another thread uses the target.
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
  if (running_ == std::this_thread::get_id()) throw std::logic_error("write() was called inside a write()");
}

}  // namespace glitch_protocol::inline v1::store
