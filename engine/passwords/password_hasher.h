// Hashes passwords on threads of its own, so that token work never waits behind bcrypt.
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

namespace glitch_protocol {

struct PasswordHasherConfig {
  int rounds = 10;              ///< bcrypt cost of new hashes, 4 to 15
  unsigned threads = 0;         ///< at most one a core, whatever is asked for; 0 = one a core
  std::size_t maxWaiting = 64;  ///< calls that wait for a free thread; one more is refused

  /// Told the cost of each bcrypt computation just before it runs, on the thread that runs it. Must be
  /// thread-safe. For tests and statistics; may be empty.
  std::function<void(int cost)> onWork = nullptr;
};

/// Hashes and compares passwords. *Thread-safe.*
/// Calls block until their turn is done. The threads start with the first calls that need them, run at a
/// lower priority than the rest of the process and end with this object, which all calls must have left by
/// then.
///
/// Every call throws BusyError when all threads work and `maxWaiting` calls wait: nothing was decided. It
/// throws std::runtime_error when the random source or libxcrypt fails.
class PasswordHasher {
 public:
  /// Computes nothing and starts nothing. `random` must outlive this object. Throws std::invalid_argument for
  /// rounds out of range.
  explicit PasswordHasher(PasswordHasherConfig config = {}, RandomSource& random = systemRandom());
  ~PasswordHasher();
  PasswordHasher(const PasswordHasher&) = delete;
  PasswordHasher& operator=(const PasswordHasher&) = delete;

  /// A new hash of the configured cost. Throws ValidationError (field "password", TOO_LONG or NUL_CHARACTER)
  /// for a password that bcrypt would cut.
  std::string hash(std::string_view password);

  /// bcryptCompare() and no more: how long it takes tells whether and how the hash is well-formed.
  bool compare(std::string_view password, std::string_view storedHash);

  /// The same verdict, false also when there is no stored hash, and always the work of one hash of the
  /// configured cost: for an unknown user, a malformed hash, a wrong and a right password, one that bcrypt
  /// cannot take, and a hash of a lower cost c (it is topped up with costs c, c+1, ..., configured - 1). Only
  /// a stored hash of a higher cost than configured takes longer: what it takes.
  bool compareInConstantWork(std::string_view password, const std::optional<std::string>& storedHash);

  /// How many hashes are being computed at this moment, and how many calls wait for a thread.
  struct Load {
    std::size_t running = 0;
    std::size_t waiting = 0;
  };
  Load load() const;

  /// Whether a login should replace this hash: its cost is lower than configured, or it is not a `$2b$` hash.
  bool isOutdated(std::string_view storedHash) const;

 private:
  struct Job;

  void runOnThread(const std::function<void()>& task);
  void startThreadIfNeeded() REQUIRES(mutex_);
  void runJobs();
  bool compareAndTopUp(std::string_view password, std::string_view storedHash) const;
  void reportWork(int cost) const;
  void burn(int cost) const;

  // constant after construction
  const PasswordHasherConfig config_;
  const unsigned maxThreads_;
  // locks itself
  RandomSource& random_;

  mutable Mutex mutex_;
  Condition jobsChanged_;
  std::deque<Job*> waiting_ GUARDED_BY(mutex_);
  std::size_t idleThreads_ GUARDED_BY(mutex_) = 0;  ///< threads without a job; those just started count
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol
