// Commits concurrent writes together.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/database_adapter.h"
#include "engine/sync/mutex.h"

namespace glitch_protocol::inline v1::store {

/// What the queue needs from a database: one transaction at a time, with savepoints in it. The order of the calls is
/// begin, (savepoint, then release or rollBackTo)*, then commit or rollBack. An error of savepoint, release or
/// rollBackTo makes the transaction lost. *One thread at a time.*
class TransactionTarget {
 public:
  virtual ~TransactionTarget() = default;

  /// Begins a write transaction, waiting at most `patience` for other processes. On StoreError none is open.
  virtual void begin(std::chrono::milliseconds patience) = 0;
  /// Makes the transaction durable. On StoreError it is rolled back. In both cases none is open afterwards.
  virtual void commit() = 0;
  /// Undoes the transaction, if one is open. None is open afterwards.
  virtual void rollBack() noexcept = 0;

  virtual void savepoint() = 0;
  virtual void release() = 0;
  /// Undoes all changes since savepoint(), and releases the savepoint.
  virtual void rollBackTo() = 0;

  /// Writes in the open transaction.
  virtual Writer& writer() = 0;
  /// Whether an error has occurred in the open transaction after which it must not be committed.
  virtual bool isLost() const = 0;

  /// Whether tidyUp() has something to do. Called between transactions.
  virtual bool needsTidying() const = 0;
  virtual void tidyUp() noexcept = 0;
};

/// Runs the writes to one target one after another, and commits those that wait at the same time together.
/// *Thread-safe.*
class CommitQueue {
 public:
  struct Limits {
    /// The max number of writes that share a commit; 0 counts as 1.
    std::size_t writesPerCommit = 128;
    /// The max number of writes that wait while another one runs.
    std::size_t waitingWrites = maxWaitingWrites;
    /// How long other processes may keep a write from beginning before it fails, counted (approximately) from the
    /// arrival of its request (engine/patience.h), or from the call if there is none.
    std::chrono::milliseconds patience{5000};
  };
  /// As SqliteOptions::onCommit.
  using OnCommit = std::function<void(std::size_t writes, std::chrono::nanoseconds took)>;

  /// `target` must outlive the queue.
  CommitQueue(TransactionTarget& target, Limits limits, OnCommit onCommit = {});
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// As DatabaseAdapter::write(), except that `change` runs at most once. BusyError when `waitingWrites` calls are
  /// already waiting. A call from inside a `change` is a bug: std::logic_error.
  void write(const std::function<void(Writer&)>& change);

  /// Runs `task` on this thread when its turn comes. No transaction is open meanwhile, and no other thread uses the
  /// target. Exceptions of `task` pass through.
  void runAlone(const std::function<void()>& task);
  /// The same if no other call is in line; otherwise returns false at once and does nothing.
  bool tryRunAlone(const std::function<void()>& task);

  /// The current number of calls in line, including those that are running.
  std::size_t inLine() const;

 private:
  struct Entry;
  using Group = std::vector<Entry*>;

  void enqueue(Entry& entry);
  void carryOut(Entry& leader);
  void gather();
  void beginFor(const Entry& leader);
  void refuse(const std::exception_ptr& cause, std::chrono::steady_clock::time_point deadline);
  void runSingle(Entry& entry);
  void runShared();
  bool runInSavepoint(Entry& entry);
  void commit(std::size_t writes);
  void answer(std::span<Entry* const> answered);
  void handOver();
  void refuseNesting() const;

  // constant after construction
  TransactionTarget& target_;
  const std::size_t groupLimit_;
  const std::size_t waitingLimit_;
  const std::chrono::milliseconds patience_;
  const OnCommit onCommit_;
  // locks itself: the leader's thread while it runs functions, to refuse nested calls
  std::atomic<std::thread::id> running_{};
  // used by the leader only; never grows beyond its initial capacity, so gather() cannot fail
  Group group_;
  mutable Mutex mutex_;
  std::deque<Entry*> line_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::inline v1::store
