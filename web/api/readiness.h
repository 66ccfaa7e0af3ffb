// Checks whether the store accepts writes, at most once a second regardless of the number of requests.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "engine/clock.h"
#include "engine/sync/mutex.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

enum class Readiness { notReady, ready };

/// Probes on demand and shares the result; probes are at least a second apart. *Thread-safe.*
class ReadinessCheck {
 public:
  /// With an empty probe the result is always ready. `clock` (only its steady time is used) and `log` are
  /// borrowed.
  ReadinessCheck(std::function<void()> probe, const Clock& clock, Log& log);

  /// The result of the latest probe; notReady before the first one. Does not wait.
  Readiness latest() const;
  /// Whether the latest probe ended less than a second ago. Does not wait.
  bool isFresh() const;

  /// The latest result while it is fresh, otherwise the result of a new probe. Waits for the probe; when
  /// another caller is already probing, waits for that probe and shares its result. A failed probe is logged
  /// under `requestId`. Exceptions of the probe other than StoreError propagate.
  Readiness find(std::string_view requestId);

 private:
  Readiness probe(std::string_view requestId) const;

  // constant after construction
  const std::function<void()> probe_;
  const Clock& clock_;
  // locks itself
  Log& log_;
  // held while probing
  Mutex probing_;

  mutable Mutex mutex_;
  Readiness latest_ GUARDED_BY(mutex_) = Readiness::notReady;
  std::optional<std::chrono::steady_clock::time_point> foundAt_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
