// A database that fails on demand, in front of one that does not: for the "n-th step fails" loops and for
// counting.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "engine/database_adapter.h"

namespace glitch_protocol {

/// Passes everything to `inner` (which must outlive it) until told to fail. A failure is a StoreError, and
/// the whole transaction is rolled back, also when the function swallows that error.
///
/// A *step* is a writing primitive or a commit. All steps are numbered from 1, over all transactions since
/// construction or resetCounters(). Where `inner` runs a function twice, the steps of both runs count, since either
/// may fail. *Thread-safe.*
class FailingDatabase : public DatabaseAdapter {
 public:
  explicit FailingDatabase(DatabaseAdapter& inner) : inner_(inner) {}

  /// The step numbered `n` fails, once; the counters start again at 0, so n = 1 is the next step. 0: none
  /// fails.
  void failNthWriteStep(std::uint64_t n);
  /// Every step with a number of at least `n` fails, until told otherwise; the counters start again. 0: none
  /// fails.
  void failFromNthWriteStep(std::uint64_t n);
  /// Whether every read() and write() fails at once, without running its function.
  void failAll(bool failing = true) { failAll_ = failing; }
  /// Whether every read() fails at once, without running its function.
  void failReads(bool failing = true) { failReads_ = failing; }
  /// Fails no more. The counters go on.
  void recover();

  /// Calls of read(), failed ones too.
  std::uint64_t reads() const { return reads_; }
  /// Calls of write(), failed ones too.
  std::uint64_t writes() const { return writes_; }
  std::uint64_t steps() const { return steps_; }
  /// Failures dealt out so far.
  std::uint64_t failures() const { return failures_; }
  /// Sessions that reading primitives have returned; one that was looked for by its id counts as one.
  std::uint64_t sessionsRead() const { return sessionsRead_; }
  void resetCounters();

  void read(const std::function<void(Reader&)>& look) override;
  void write(const std::function<void(Writer&)>& change) override;

 private:
  /// Counts one step and throws if it is its turn to fail.
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
