// The clock of a world: the machine's, moved and stopped as a test wants.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "engine/clock.h"

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
  TimePoint nowLocked() const;
  Steady steadyNowLocked() const;
  void moveLocked(TimePoint now);
  void setPaceLocked(Pace);

  // constant after construction
  const Clock& real_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::chrono::milliseconds ahead_{0};
  Steady::duration steadyAhead_{0};
  std::optional<Frozen> frozen_;
};

}  // namespace glitch_protocol::web
