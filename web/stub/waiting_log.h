// A bounded log of what happened, with waiting for new entries.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/sync/mutex.h"

namespace glitch_protocol::web {

/// Keeps the newest 10,000 entries with at most 8 MiB of JSON. `Entry` has a member `json`, its text.
/// *Thread-safe.*
template <class Entry>
class WaitingLog {
 public:
  void add(Entry entry) {
    {
      const MutexLock lock(mutex_);
      bytes_ += entry.json.size();
      entries_.push_back(std::move(entry));
      while (entries_.size() > maxEntries || bytes_ > maxBytes) {
        bytes_ -= entries_.front().json.size();
        entries_.pop_front();
      }
    }
    changed_.notifyAll();
  }

  /// Returns the JSON of each entry that `matches`, oldest first. While there is none, waits for up to
  /// `patience`.
  std::vector<std::string> find(const std::function<bool(const Entry&)>& matches,
                                std::chrono::milliseconds patience) const {
    MutexLock lock(mutex_);
    std::vector<std::string> found;
    changed_.waitFor(lock, patience, [&]() REQUIRES(mutex_) {
      for (const Entry& entry : entries_)
        if (matches(entry)) found.push_back(entry.json);
      return stopping_ || !found.empty();
    });
    return found;
  }

  void clear() {
    const MutexLock lock(mutex_);
    entries_.clear();
    bytes_ = 0;
  }

  /// Ends all waiting, now and later.
  void stop() {
    {
      const MutexLock lock(mutex_);
      stopping_ = true;
    }
    changed_.notifyAll();
  }

 private:
  static constexpr std::size_t maxEntries = 10'000;
  static constexpr std::size_t maxBytes = 8 * 1024 * 1024;

  mutable Mutex mutex_;
  mutable Condition changed_;
  std::deque<Entry> entries_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol::web
