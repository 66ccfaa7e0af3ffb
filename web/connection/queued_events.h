// Counts the memory of events that wait for slow readers of streams.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/memory_budget.h"

namespace glitch_protocol::web {

/// Charges the memory budget for the events in the queues of all streams: the text of each event once,
/// however many streams share it, and its entry in each queue. *Thread-safe.*
class QueuedEvents {
 public:
  using Event = std::shared_ptr<const std::string>;

  /// `budget` must outlive this.
  explicit QueuedEvents(MemoryBudget& budget) : budget_(budget) {}

  /// Called when another queue holds the event, which it keeps alive until remove().
  void add(const Event& event);
  void remove(const Event& event);

  /// The bytes that closing a stream with this queue would free; those of a shared event are divided among
  /// the streams that share it.
  std::size_t shareOf(const std::vector<Event>& queue) const;

 private:
  MemoryBudget& budget_;

  mutable Mutex mutex_;
  /// Keyed by the address of the text: the number of queues that hold it, at least 1.
  std::unordered_map<const std::string*, std::size_t> holders_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
