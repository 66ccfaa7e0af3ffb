// A database that fails on demand and counts its calls, in front of one that works: for the "n-th step fails" loops.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "engine/database_adapter.h"

namespace glitch_protocol {

/// Passes all calls to `inner`, which must outlive it, except those that are to fail. A failure is a StoreError, and
/// the whole transaction is rolled back, even if the function catches that error.
///
/// A *step* is a writing primitive or a commit. Steps are numbered from 1 across all transactions since construction or
/// resetCounters(). If `inner` runs a function twice, the steps of both runs count, since each may fail.
/// *Thread-safe.*
class FailingDatabase : public DatabaseAdapter {
 public:
  explicit FailingDatabase(DatabaseAdapter& inner) : inner_(inner) {}

  /// Resets the counters; then step number `n` fails, so 1 means the next step and 0 none.
  void failNthWriteStep(std::uint64_t n);
  /// Resets the counters; then every step from number `n` on fails, until recover(). 0: none fails.
  void failFromNthWriteStep(std::uint64_t n);
  /// Whether every read() and write() fails at once, without running its function.
  void failAll(bool failing = true) { failAll_ = failing; }
  /// Whether every read() fails at once, without running its function.
  void failReads(bool failing = true) { failReads_ = failing; }
  /// Ends all failures. The counters continue.
  void recover();

  /// Calls of read(), including failed ones.
  std::uint64_t reads() const { return reads_; }
  /// Calls of write(), including failed ones.
  std::uint64_t writes() const { return writes_; }
  std::uint64_t steps() const { return steps_; }
  /// Failures so far.
  std::uint64_t failures() const { return failures_; }
  /// Sessions that reading primitives have returned; each find() by id counts as one.
  std::uint64_t sessionsRead() const { return sessionsRead_; }
  void resetCounters();

  void read(const std::function<void(Reader&)>& look) override;
  void write(const std::function<void(Writer&)>& change) override;

 private:
  /// Counts one step and throws if it is to fail.
  void step();
  [[noreturn]] void fail();

  // constant after construction
  DatabaseAdapter& inner_;
  // lock themselves
  std::atomic<std::uint64_t> firstFailingStep_{0};
  std::atomic<std::uint64_t> lastFailingStep_{0};
  std::atomic<bool> failAll_{false};
  std::atomic<bool> failReads_{false};
  std::atomic<std::uint64_t> reads_{0};
  std::atomic<std::uint64_t> writes_{0};
  std::atomic<std::uint64_t> steps_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> sessionsRead_{0};
};

}  // namespace glitch_protocol
