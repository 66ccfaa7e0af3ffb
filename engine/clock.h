// The port for time, and the engine's only source of it.
#pragma once

#include <atomic>
#include <chrono>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Tells the time. *Thread-safe.*
class Clock {
 public:
  virtual ~Clock() = default;

  /// Wall-clock time, for times that are stored, signed or shown. May jump in both directions.
  virtual TimePoint now() const = 0;

  /// Time that never goes back, for durations within this process (cache lifetimes, debouncing).
  virtual std::chrono::steady_clock::time_point steadyNow() const = 0;
};

/// The clocks of the operating system. Valid until the process ends.
Clock& systemClock();

/// A clock that moves only when it is advanced or set. *Thread-safe.*
class ManualClock : public Clock {
 public:
  /// Starts at `start`, by default 2026-01-01T00:00:00Z.
  explicit ManualClock(TimePoint start = TimePoint{std::chrono::seconds{1767225600}})
      : now_(start.time_since_epoch().count()) {}

  TimePoint now() const override;
  std::chrono::steady_clock::time_point steadyNow() const override;

  /// Moves both clocks forward by `by`, which is not negative.
  void advance(std::chrono::milliseconds by);

  /// Sets the wall clock, forward or back. The steady clock does not change.
  void jumpTo(TimePoint now);

 private:
  std::atomic<TimePoint::rep> now_;  ///< in ticks, like steadyNow_
  std::atomic<std::chrono::steady_clock::rep> steadyNow_{0};
};

}  // namespace v1
}  // namespace glitch_protocol
