// A cache that hashes each seeded password once, however many worlds use it.
#pragma once

#include <map>
#include <string>

#include "engine/passwords/password_hasher.h"
#include "engine/sync/mutex.h"

namespace glitch_protocol::web {

/// *Thread-safe.* Throws as PasswordHasher does.
class PasswordHashes {
 public:
  /// `hasher` must outlive this.
  explicit PasswordHashes(PasswordHasher& hasher) : hasher_(hasher) {}

  std::string hashOf(const std::string& password) {
    const MutexLock lock(mutex_);
    if (known_.size() >= maxKnown) known_.clear();
    std::string& hash = known_[password];
    if (hash.empty()) hash = hasher_.hash(password);
    return hash;
  }

 private:
  static constexpr std::size_t maxKnown = 10'000;

  // constant after construction
  PasswordHasher& hasher_;

  Mutex mutex_;
  std::map<std::string, std::string> known_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
