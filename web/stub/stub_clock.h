// The clock of a world: the real clock, moved and frozen by tests.
#pragma once

#include <chrono>
#include <optional>

#include "engine/clock.h"
#include "engine/sync/mutex.h"

namespace glitch_protocol::web {

/// Follows the real clock until it is changed. Moving the wall clock forward also moves the steady clock, as
/// if that time had passed; moving it back does not affect the steady clock. *Thread-safe.*
class StubClock : public Clock {
 public:
  /// `real` must outlive this.
  explicit StubClock(const Clock& real) : real_(real) {}

  TimePoint now() const override;
  std::chrono::steady_clock::time_point steadyNow() const override;

  enum class Pace { running, frozen };
  Pace pace() const;
  void setPace(Pace);
  /// Sets the wall time to `now`; it continues from there unless frozen.
  void moveTo(TimePoint now);
  /// Returns to the real time, running.
  void reset();

  /// The difference from the real clock.
  struct Setting {
    std::chrono::milliseconds ahead{0};
    std::optional<TimePoint> frozenAt;
  };
  Setting setting() const;
  void set(const Setting&);

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Frozen {
    TimePoint now;
    Steady steadyNow;
  };
  TimePoint nowLocked() const REQUIRES(mutex_);
  Steady steadyNowLocked() const REQUIRES(mutex_);
  void moveLocked(TimePoint now) REQUIRES(mutex_);
  void setPaceLocked(Pace) REQUIRES(mutex_);

  // constant after construction
  const Clock& real_;

  mutable Mutex mutex_;
  std::chrono::milliseconds ahead_ GUARDED_BY(mutex_){0};
  Steady::duration steadyAhead_ GUARDED_BY(mutex_){0};
  std::optional<Frozen> frozen_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
