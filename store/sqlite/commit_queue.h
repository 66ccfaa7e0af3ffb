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
/// one thread at a time, in the order begin, (setMark, then dropMark or returnToMark)*, then commit or
/// rollBack. An error of the three in the middle makes the transaction lost. *One thread at a time.*
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

  virtual void setMark() = 0;
  virtual void dropMark() = 0;
  /// Takes back what happened since setMark(), and drops the mark.
  virtual void returnToMark() = 0;

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
  /// `target` must outlive the queue. At most `groupLimit` (1 or more) writes share a commit; a write that
  /// could not begin because of other processes fails about `patience` after the arrival of its request
  /// (engine/patience.h), or after the call where there is none. `onCommit` as in SqliteOptions.
  CommitQueue(TransactionTarget& target, std::size_t groupLimit, std::chrono::milliseconds patience,
              std::function<void(std::size_t writes, std::chrono::nanoseconds took)> onCommit = {});
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  /// As DatabaseAdapter::write(). A call from inside a `change` is a bug: std::logic_error.
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
  void release(std::span<Entry* const> answered);
  void handOver();
  void refuseNesting() const;

  // constant after construction
  TransactionTarget& target_;
  const std::size_t groupLimit_;
  const std::chrono::milliseconds patience_;
  const std::function<void(std::size_t writes, std::chrono::nanoseconds took)> onCommit_;
  // locks itself: the leader while functions run, to refuse nesting
  std::atomic<std::thread::id> running_{};
  // the leader's alone; it never grows beyond the capacity that it was made with, so gathering cannot fail
  Group group_;
  mutable Mutex mutex_;
  std::deque<Entry*> line_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::store
