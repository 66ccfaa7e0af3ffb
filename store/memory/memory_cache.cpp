// A cache of independently locked shards, each with its entries by key, by last use and by expiry.
#include "store/memory_cache.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <list>
#include <map>
#include <new>
#include <unordered_map>

#include "engine/sync/mutex.h"

namespace glitch_protocol::inline v1::store {
namespace {

using Time = std::chrono::steady_clock::time_point;

// Keeps `now + ttl` far from the end of the steady clock's range.
constexpr std::chrono::milliseconds longestLife = std::chrono::hours{24 * 365 * 10};

// The bytes of an entry besides its key and its value: a node in each of three containers, and the allocator's
// bookkeeping. Measured: 100,000 entries with empty values add 26 MB to the process.
constexpr std::size_t entryOverhead = 256;

// An entry takes at most 1 / largestShare of its shard, so that it does not evict all others.
constexpr std::size_t largestShare = 4;

// The shift that leaves the upper half of a hash.
constexpr int upperHalf = std::numeric_limits<std::size_t>::digits / 2;

std::size_t bytesOf(std::string_view key, std::string_view value) {
  return key.size() + value.size() + entryOverhead;
}

}  // namespace

/// A bounded map with its own lock, which the caller holds.
class MemoryCache::Shard {
 public:
  std::optional<std::string> get(std::string_view key, Time now) REQUIRES(mutex);
  void set(std::string_view key, std::string_view value, Time now, Time until, const Capacity& capacity)
      REQUIRES(mutex);
  void remove(std::string_view key) REQUIRES(mutex);
  void clear() REQUIRES(mutex);
  std::size_t size() const REQUIRES(mutex) { return byKey_.size(); }
  std::size_t bytes() const REQUIRES(mutex) { return bytes_; }

  mutable Mutex mutex;

 private:
  struct Entry;
  using Entries = std::list<Entry>;
  using ByExpiry = std::multimap<Time, Entries::iterator>;
  struct Entry {
    std::string key;
    std::string value;
    ByExpiry::iterator expiry{};
  };

  void erase(Entries::iterator entry) REQUIRES(mutex);
  void makeRoom(Time now, std::size_t bytes, const Capacity& capacity) REQUIRES(mutex);

  Entries entries_ GUARDED_BY(mutex);  ///< most recently used first
  /// The keys are views of the entries' keys.
  std::unordered_map<std::string_view, Entries::iterator> byKey_ GUARDED_BY(mutex);
  ByExpiry byExpiry_ GUARDED_BY(mutex);
  std::size_t bytes_ GUARDED_BY(mutex) = 0;  ///< of all entries
};

MemoryCache::MemoryCache(const Clock& clock, MemoryCacheLimits limits)
    : clock_(clock),
      shardCount_(std::clamp<std::size_t>(limits.shards, 1, std::max<std::size_t>(limits.entries, 1))),
      shardCapacity_{std::max<std::size_t>(limits.entries / shardCount_, 1), limits.bytes / shardCount_},
      shards_(std::make_unique<Shard[]>(shardCount_)) {}

MemoryCache::~MemoryCache() = default;

std::optional<std::string> MemoryCache::get(std::string_view key) {
  const Time now = clock_.steadyNow();
  Shard& shard = shardOf(key);
  const MutexLock lock(shard.mutex);
  try {
    return shard.get(key, now);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

void MemoryCache::set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) {
  const Time now = clock_.steadyNow();
  Shard& shard = shardOf(key);
  const MutexLock lock(shard.mutex);
  // The old value is removed first, so that it is never found again, whatever happens below.
  shard.remove(key);
  if (ttl <= std::chrono::milliseconds::zero()) return;
  try {
    shard.set(key, value, now, now + std::min(ttl, longestLife), shardCapacity_);
  } catch (const std::bad_alloc&) {
    shard.remove(key);
  }
}

void MemoryCache::remove(std::string_view key) {
  Shard& shard = shardOf(key);
  const MutexLock lock(shard.mutex);
  shard.remove(key);
}

void MemoryCache::removeMany(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) remove(key);
}

void MemoryCache::clear() {
  for (std::size_t i = 0; i < shardCount_; ++i) {
    Shard& shard = shards_[i];
    const MutexLock lock(shard.mutex);
    shard.clear();
  }
}

std::size_t MemoryCache::size() const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < shardCount_; ++i) {
    const Shard& shard = shards_[i];
    const MutexLock lock(shard.mutex);
    total += shard.size();
  }
  return total;
}

std::size_t MemoryCache::bytes() const {
  std::size_t total = 0;
  for (std::size_t i = 0; i < shardCount_; ++i) {
    const Shard& shard = shards_[i];
    const MutexLock lock(shard.mutex);
    total += shard.bytes();
  }
  return total;
}

// The lower bits of the hash choose the bucket inside the shard.
MemoryCache::Shard& MemoryCache::shardOf(std::string_view key) {
  return shards_[(std::hash<std::string_view>{}(key) >> upperHalf) % shardCount_];
}

std::optional<std::string> MemoryCache::Shard::get(std::string_view key, Time now) {
  const auto found = byKey_.find(key);
  if (found == byKey_.end()) return std::nullopt;
  const Entries::iterator entry = found->second;
  if (entry->expiry->first <= now) {
    erase(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->value;
}

void MemoryCache::Shard::set(std::string_view key, std::string_view value, Time now, Time until,
                             const Capacity& capacity) {
  const std::size_t bytes = bytesOf(key, value);
  if (bytes > capacity.bytes / largestShare) return;
  makeRoom(now, bytes, capacity);
  entries_.push_front(Entry{std::string(key), std::string(value)});
  const Entries::iterator entry = entries_.begin();
  // If a step runs out of memory, the earlier ones are undone, so that the three containers always agree.
  try {
    entry->expiry = byExpiry_.emplace(until, entry);
  } catch (...) {
    entries_.pop_front();
    throw;
  }
  try {
    byKey_.emplace(entry->key, entry);
  } catch (...) {
    byExpiry_.erase(entry->expiry);
    entries_.pop_front();
    throw;
  }
  bytes_ += bytes;
}

void MemoryCache::Shard::remove(std::string_view key) {
  if (const auto found = byKey_.find(key); found != byKey_.end()) erase(found->second);
}

void MemoryCache::Shard::clear() {
  byKey_.clear();
  byExpiry_.clear();
  entries_.clear();
  bytes_ = 0;
}

void MemoryCache::Shard::erase(Entries::iterator entry) {
  bytes_ -= bytesOf(entry->key, entry->value);
  byKey_.erase(entry->key);
  byExpiry_.erase(entry->expiry);
  entries_.erase(entry);
}

void MemoryCache::Shard::makeRoom(Time now, std::size_t bytes, const Capacity& capacity) {
  while (byKey_.size() >= capacity.entries || bytes_ + bytes > capacity.bytes) {
    const bool hasExpired = byExpiry_.begin()->first <= now;
    erase(hasExpired ? byExpiry_.begin()->second : std::prev(entries_.end()));
  }
}

}  // namespace glitch_protocol::inline v1::store
