// The engine's port to a cache. Losing an entry at any moment costs the engine a database read, never a wrong
// answer; tests/contract/cache_contract.h is the executable form of this file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol {

/// Key-value pairs with lifetimes, and locks. *Thread-safe.* No call throws; a cache that is out of order
/// forgets.
class CacheAdapter {
 public:
  virtual ~CacheAdapter() = default;

  /// The value last set under `key`, unless it was removed, expired or forgotten.
  virtual std::optional<std::string> get(std::string_view key) = 0;
  /// Keeps `value` for at most `ttl` (more than zero).
  virtual void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) = 0;
  virtual void remove(std::string_view key) = 0;
  virtual void removeMany(const std::vector<std::string>& keys) = 0;

  /// True when the lock was free and is now the caller's until releaseLock or `ttl`, whichever is first. A
  /// cache for one process may always grant: the engine's locks only avoid double work.
  virtual bool acquireLock(std::string_view name, std::chrono::milliseconds ttl) = 0;
  virtual void releaseLock(std::string_view name) = 0;

  /// False while the cache cannot be reached.
  virtual bool isAvailable() const = 0;
};

/// A cache that keeps nothing and grants every lock. Valid for the life of the process.
CacheAdapter& noopCache();

}  // namespace glitch_protocol
