// A cache in a plain map that uses a given clock and can be made unavailable.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cache_adapter.h"
#include "engine/clock.h"

namespace glitch_protocol {

/// Unbounded. Unlike a cache for one process it does not grant a lock that is held. While unavailable it is empty,
/// stores nothing and grants no lock. `clock` must outlive it. *Thread-safe.*
class FakeCache : public CacheAdapter {
 public:
  explicit FakeCache(const Clock& clock) : clock_(clock) {}

  /// A cache that becomes unavailable forgets everything.
  void setAvailable(bool available) {
    std::lock_guard lock(mutex_);
    available_ = available;
    if (!available) {
      entries_.clear();
      locks_.clear();
    }
  }

  /// Forgets every entry and every lock, as any cache may at any moment.
  void forgetEverything() {
    std::lock_guard lock(mutex_);
    entries_.clear();
    locks_.clear();
  }

  /// The number of get() calls that found a value.
  std::uint64_t hits() const {
    std::lock_guard lock(mutex_);
    return hits_;
  }

  std::optional<std::string> get(std::string_view key) override {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.until <= clock_.steadyNow()) return std::nullopt;
    ++hits_;
    return found->second.value;
  }

  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) override {
    std::lock_guard lock(mutex_);
    if (available_) entries_.insert_or_assign(std::string(key), Entry{std::string(value), after(ttl)});
  }

  void remove(std::string_view key) override {
    std::lock_guard lock(mutex_);
    erase(key);
  }

  void removeMany(const std::vector<std::string>& keys) override {
    std::lock_guard lock(mutex_);
    for (const std::string& key : keys) erase(key);
  }

  bool acquireLock(std::string_view name, std::chrono::milliseconds ttl) override {
    std::lock_guard lock(mutex_);
    const auto held = locks_.find(name);
    if (!available_ || (held != locks_.end() && held->second > clock_.steadyNow())) return false;
    locks_.insert_or_assign(std::string(name), after(ttl));
    return true;
  }

  void releaseLock(std::string_view name) override {
    std::lock_guard lock(mutex_);
    if (const auto held = locks_.find(name); held != locks_.end()) locks_.erase(held);
  }

  bool isAvailable() const override {
    std::lock_guard lock(mutex_);
    return available_;
  }

 private:
  struct Entry {
    std::string value;
    std::chrono::steady_clock::time_point until;
  };

  /// At most ten years from now, far from the end of the clock's range.
  std::chrono::steady_clock::time_point after(std::chrono::milliseconds ttl) const {
    return clock_.steadyNow() + std::min(ttl, std::chrono::milliseconds(std::chrono::hours{24 * 3650}));
  }

  void erase(std::string_view key) {
    if (const auto found = entries_.find(key); found != entries_.end()) entries_.erase(found);
  }

  // constant after construction
  const Clock& clock_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::chrono::steady_clock::time_point, std::less<>> locks_;
  std::uint64_t hits_ = 0;
  bool available_ = true;
};

}  // namespace glitch_protocol
