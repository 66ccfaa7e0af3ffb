// The engine's cache inside this process.
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

namespace glitch_protocol::store {

struct MemoryCacheLimits {
  /// At most so many entries are kept. At least 1.
  std::size_t entries = 100'000;
  /// At most so many bytes: keys, values, and what it takes to keep them.
  std::size_t bytes = std::size_t{64} << 20;
  /// Parts that are locked separately. At least 1; never more than `entries`.
  std::size_t shards = 16;
};

/// Keeps entries in this process until their time is up. A full shard gives up entries whose time is up, else
/// those unused for longest. An entry that takes more than a quarter of its shard is not kept. Time is the clock's steady time. Always available; grants every lock at
/// once, since there is only one process to exclude. *Thread-safe.*
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

  /// Forgets everything. Entries that other threads set meanwhile may stay.
  void clear();

  /// Entries kept at the moment, those included whose time is up but which are not yet gone.
  std::size_t size() const;
  /// What they take, as MemoryCacheLimits::bytes counts it.
  std::size_t bytes() const;

 private:
  /// What one shard may hold.
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

}  // namespace glitch_protocol::store
