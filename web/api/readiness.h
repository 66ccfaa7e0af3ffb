// Whether the store can be written to, found out at most once a second however many ask.
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

/// Probes on demand and shares what it finds: after a probe a second passes before the next. *Thread-safe.*
class ReadinessCheck {
 public:
  /// An empty probe means: always ready. `clock` (its steady time counts) and `log` are borrowed.
  ReadinessCheck(std::function<void()> probe, const Clock& clock, Log& log);

  /// What the latest probe found; notReady before the first one. Does not wait.
  Readiness latest() const;
  /// Whether the latest probe ended less than a second ago. Does not wait.
  bool isFresh() const;

  /// The latest finding while it is fresh, otherwise that of a new probe. Waits for the probe, also for one
  /// that another caller is making, and then shares its result. A probe that fails is logged under
  /// `requestId`. What the probe throws besides StoreError passes through.
  Readiness find(std::string_view requestId);

 private:
  Readiness probe(std::string_view requestId) const;

  // constant after construction
  const std::function<void()> probe_;
  const Clock& clock_;
  // locks itself
  Log& log_;
  // held by whoever probes
  Mutex probing_;

  mutable Mutex mutex_;
  Readiness latest_ GUARDED_BY(mutex_) = Readiness::notReady;
  std::optional<std::chrono::steady_clock::time_point> foundAt_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
