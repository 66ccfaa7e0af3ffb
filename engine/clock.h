// The one place that knows what time it is.
#pragma once

#include <atomic>
#include <chrono>

#include "types.h"

namespace glitch_protocol {

/// Tells the time. *Thread-safe.*
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall-clock time, for what is stored, signed or shown. May jump either way.
  virtual TimePoint now() const = 0;

  /// Time that only moves forward, for durations inside this process (cache lifetimes, debounces).
  virtual std::chrono::steady_clock::time_point steadyNow() const = 0;
};

/// The machine's clocks. The reference is valid for the life of the process.
Clock& systemClock();

/// A clock that moves only when told. *Thread-safe.*
class ManualClock : public Clock {
 public:
  /// Starts at 2026-01-01T00:00:00Z unless told otherwise.
  explicit ManualClock(TimePoint start = TimePoint{std::chrono::seconds{1767225600}})
      : now_(start.time_since_epoch().count()) {}

  TimePoint now() const override;
  std::chrono::steady_clock::time_point steadyNow() const override;

  /// Time passes: both clocks move by `by` (not negative).
  void advance(std::chrono::milliseconds by);

  /// The wall clock is set, forward or back; the steady clock does not notice.
  void jumpTo(TimePoint now);

 private:
  std::atomic<TimePoint::rep> now_;  ///< ticks, as those below
  std::atomic<std::chrono::steady_clock::rep> steadyNow_{0};
};

}  // namespace glitch_protocol
