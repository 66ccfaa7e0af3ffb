// The clock of a world: the machine's, moved and stopped as a test wants.
#pragma once

#include <chrono>
#include <optional>

#include "engine/clock.h"
#include "engine/sync/mutex.h"

namespace glitch_protocol::web {

/// Runs with the real clock until it is told otherwise. When the wall clock is moved forward, so is the
/// steady one: that much time has passed. Moved back, the steady clock does not notice. *Thread-safe.*
class StubClock : public Clock {
 public:
  /// `real` must outlive this.
  explicit StubClock(const Clock& real) : real_(real) {}

  TimePoint now() const override;
  std::chrono::steady_clock::time_point steadyNow() const override;

  enum class Pace { running, frozen };
  Pace pace() const;
  void setPace(Pace);
  /// From now on it is `now`, and on from there unless frozen.
  void moveTo(TimePoint now);
  /// Back to the real time, running.
  void reset();

  /// How it differs from the real clock.
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
