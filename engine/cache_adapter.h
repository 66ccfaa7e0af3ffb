// The port for a cache. An entry may be lost at any time: that costs the engine a database read, but never leads to a
// wrong answer. tests/contract/contract.h tests adapters against this file.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Key-value pairs with lifetimes, and locks. *Thread-safe.* No call throws; a cache that fails acts as if it had lost
/// its entries.
class CacheAdapter {
 public:
  virtual ~CacheAdapter() = default;

  /// The value last set under `key`, unless it was removed, has expired or was lost.
  virtual std::optional<std::string> get(std::string_view key) = 0;
  /// Stores `value` for at most `ttl`, which is positive.
  virtual void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) = 0;
  virtual void remove(std::string_view key) = 0;
  virtual void removeMany(const std::vector<std::string>& keys) = 0;

  /// Returns true if the lock was free; the caller then holds it until releaseLock() or for `ttl`, whichever ends
  /// first. A cache for a single process may always return true: the engine's locks only avoid duplicate work.
  virtual bool acquireLock(std::string_view name, std::chrono::milliseconds ttl) = 0;
  virtual void releaseLock(std::string_view name) = 0;

  /// False while the cache cannot be reached.
  virtual bool isAvailable() const = 0;
};

/// A cache that stores nothing and grants every lock. Valid until the process ends.
CacheAdapter& noopCache();

}  // namespace v1
}  // namespace glitch_protocol
