// The engine's cache in this process's memory.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../engine/cache_adapter.h"
#include "../engine/clock.h"
#include "../engine/visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

namespace store {

struct MemoryCacheLimits {
  /// The max number of entries. At least 1.
  std::size_t entries = 100'000;
  /// The max number of bytes: keys, values, and the bookkeeping for them.
  std::size_t bytes = std::size_t{64} << 20;
  /// The number of parts that are locked separately. At least 1, at most `entries`.
  std::size_t shards = 16;
};

/// Keeps entries in memory until they expire. A full shard evicts expired entries first, then the least recently used.
/// An entry that takes more than a quarter of its shard is not kept. Expiry follows the clock's steady time. Always
/// available; grants every lock at once, since only this process uses the cache. *Thread-safe.*
class MemoryCache : public CacheAdapter {
 public:
  /// `clock` must outlive the cache.
  explicit MemoryCache(const Clock& clock, MemoryCacheLimits limits = {});
  ~MemoryCache() override;

  std::optional<std::string> get(std::string_view key) override;
  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) override;
  void remove(std::string_view key) override;
  void removeMany(const std::vector<std::string>& keys) override;
  bool acquireLock(std::string_view, std::chrono::milliseconds) override { return true; }
  void releaseLock(std::string_view) override {}
  bool isAvailable() const override { return true; }

  /// Removes all entries. Those that other threads set during the call may stay.
  void clear();

  /// The current number of entries, including expired ones that have not been removed yet.
  std::size_t size() const;
  /// Their bytes, counted as for MemoryCacheLimits::bytes.
  std::size_t bytes() const;

 private:
  /// The limits of one shard.
  struct Capacity {
    std::size_t entries;
    std::size_t bytes;
  };

  class Shard;
  Shard& shardOf(std::string_view key);

  // constant after construction
  const Clock& clock_;
  const std::size_t shardCount_;
  const Capacity shardCapacity_;
  // lock themselves
  const std::unique_ptr<Shard[]> shards_;
};

}  // namespace store

}  // namespace v1
}  // namespace glitch_protocol
