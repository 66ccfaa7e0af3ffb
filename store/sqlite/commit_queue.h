// Concurrent writes that share one commit.
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

namespace glitch_protocol::store {

/// What the queue needs from a database: one transaction at a time, with savepoints in it. Calls come from
/// one thread at a time, in the order begin, (savepoint, then release or rollBackTo)*, then commit or
/// rollBack. An error of savepoint, release or rollBackTo makes the transaction lost. *One thread at a time.*
class TransactionTarget {
 public:
  virtual ~TransactionTarget() = default;

  /// Opens a transaction that may write, waiting at most `patience` for other processes. On StoreError none
  /// is open.
  virtual void begin(std::chrono::milliseconds patience) = 0;
  /// Makes the transaction durable. On StoreError nothing of it happened. Either way none is open afterwards.
  virtual void commit() = 0;
  /// Nothing of the transaction happened; none is open afterwards.
  virtual void rollBack() noexcept = 0;

  virtual void savepoint() = 0;
  virtual void release() = 0;
  /// Undoes what happened since savepoint(), and releases it.
  virtual void rollBackTo() = 0;

  /// The open transaction's.
  virtual Writer& writer() = 0;
  /// True when the open transaction has met an error after which it must not be committed.
  virtual bool isLost() const = 0;

  /// Whether tidyUp() has something to do. Asked between transactions.
  virtual bool needsTidying() const = 0;
  virtual void tidyUp() noexcept = 0;
};

/// Serialises writes to one target and commits those that wait together at once. *Thread-safe.*
class CommitQueue {
 public:
  struct Limits {
    /// At most so many writes share a commit; 0 counts as 1.
    std::size_t writesPerCommit = 128;
    /// At most so many writes wait while one is at work.
    std::size_t waitingWrites = maxWaitingWrites;
    /// A write that other processes keep from beginning fails about so long after the arrival of its request
    /// (engine/patience.h), or after the call where there is none.
    std::chrono::milliseconds patience{5000};
  };
  /// As in SqliteOptions.
  using OnCommit = std::function<void(std::size_t writes, std::chrono::nanoseconds took)>;

  /// `target` must outlive the queue.
  CommitQueue(TransactionTarget& target, Limits limits, OnCommit onCommit = {});
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// As DatabaseAdapter::write(), except that `change` runs once at most. BusyError when `waitingWrites` calls are
  /// waiting. A call from inside a `change` is a bug: std::logic_error.
  void write(const std::function<void(Writer&)>& change);

  /// Runs `task` when its turn comes, on this thread, with no transaction open and nobody else at the target.
  /// Its exceptions pass through.
  void runAlone(const std::function<void()>& task);
  /// The same if its turn is now; otherwise returns false at once and does nothing.
  bool tryRunAlone(const std::function<void()>& task);

  /// How many calls are in line, those being carried out included. A snapshot.
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
  // locks itself: the leader while functions run, to refuse nesting
  std::atomic<std::thread::id> running_{};
  // the leader's alone; it never grows beyond the capacity that it was made with, so gathering cannot fail
  Group group_;
  mutable Mutex mutex_;
  std::deque<Entry*> line_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::store
