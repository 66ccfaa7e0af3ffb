// Hashes passwords on separate threads, so that requests with tokens do not wait for bcrypt.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/random.h"
#include "engine/sync/mutex.h"

namespace glitch_protocol::inline v1 {

struct PasswordHasherConfig {
  int rounds = 10;              ///< bcrypt cost of new hashes, 4 to 15
  unsigned threads = 0;         ///< 0: one per core; values above the number of cores are reduced to it
  std::size_t maxWaiting = 64;  ///< how many calls may wait for a free thread; further calls throw BusyError

  /// Called with the cost of each bcrypt computation just before it runs, on the thread that runs it. Must be
  /// thread-safe. For tests and statistics; may be empty.
  std::function<void(int cost)> onWork = nullptr;
};

/// Hashes and compares passwords. *Thread-safe.* Calls block until the job has run. The threads start when they
/// are first needed, run at a lower priority than the rest of the process, and end with this object. All calls
/// must have returned before it is destroyed.
///
/// Every call throws BusyError when all threads are busy and `maxWaiting` calls are waiting; then nothing was
/// decided. It throws std::runtime_error when the random source or libxcrypt fails.
class PasswordHasher {
 public:
  /// Hashes nothing and starts no thread. `random` must outlive this object. Throws std::invalid_argument for
  /// rounds out of range.
  explicit PasswordHasher(PasswordHasherConfig config = {}, RandomSource& random = systemRandom());
  ~PasswordHasher();
  PasswordHasher(const PasswordHasher&) = delete;
  PasswordHasher& operator=(const PasswordHasher&) = delete;

  /// Returns a new hash of the configured cost. Throws ValidationError (field "password", TOO_LONG or
  /// NUL_CHARACTER) for a password that bcrypt would truncate.
  std::string hash(std::string_view password);

  /// As bcryptCompare(). The time that it takes reveals whether the hash is well-formed, and its cost.
  bool compare(std::string_view password, std::string_view storedHash);

  /// Returns what compare() returns, and false when there is no stored hash. The work is always that of one hash
  /// of the configured cost: for an unknown user, a malformed hash, a correct or wrong password, a password that
  /// bcrypt would truncate, and a hash of a lower cost c, which is followed by dummy hashes of the costs c, c+1,
  /// ..., configured - 1. Only a stored hash of a higher cost takes longer, namely the work of its own cost.
  bool compareInConstantWork(std::string_view password, const std::optional<std::string>& storedHash);

  /// How many hashes are being computed now, and how many calls are waiting for a thread.
  struct Load {
    std::size_t running = 0;
    std::size_t waiting = 0;
  };
  Load load() const;

  /// Whether a sign-in should replace this hash: its cost is lower than configured, or it is not a `$2b$` hash.
  bool isOutdated(std::string_view storedHash) const;

 private:
  struct Job;

  void runOnThread(const std::function<void()>& task);
  void startThreadIfNeeded() REQUIRES(mutex_);
  void runJobs();
  bool compareAndPad(std::string_view password, std::string_view storedHash) const;
  void reportWork(int cost) const;
  void hashDummy(int cost) const;

  // constant after construction
  const PasswordHasherConfig config_;
  const unsigned maxThreads_;
  // locks itself
  RandomSource& random_;

  mutable Mutex mutex_;
  Condition jobsChanged_;
  std::deque<Job*> waiting_ GUARDED_BY(mutex_);
  std::size_t idleThreads_ GUARDED_BY(mutex_) = 0;  ///< threads without a job, including those just started
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::inline v1
