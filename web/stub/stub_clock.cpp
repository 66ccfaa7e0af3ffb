#include "web/stub/stub_clock.h"

#include <algorithm>

namespace glitch_protocol::web {

TimePoint StubClock::now() const {
  const MutexLock lock(mutex_);
  return nowLocked();
}

std::chrono::steady_clock::time_point StubClock::steadyNow() const {
  const MutexLock lock(mutex_);
  return steadyNowLocked();
}

TimePoint StubClock::nowLocked() const {
  return frozen_ ? frozen_->now : real_.now() + ahead_;
}

StubClock::Steady StubClock::steadyNowLocked() const {
  return frozen_ ? frozen_->steadyNow : real_.steadyNow() + steadyAhead_;
}

StubClock::Pace StubClock::pace() const {
  const MutexLock lock(mutex_);
  return frozen_ ? Pace::frozen : Pace::running;
}

void StubClock::setPace(Pace pace) {
  const MutexLock lock(mutex_);
  setPaceLocked(pace);
}

void StubClock::setPaceLocked(Pace pace) {
  if (pace == Pace::frozen && !frozen_) frozen_ = Frozen{nowLocked(), steadyNowLocked()};
  if (pace == Pace::running && frozen_) {
    ahead_ = frozen_->now - real_.now();
    steadyAhead_ = frozen_->steadyNow - real_.steadyNow();
    frozen_.reset();
  }
}

void StubClock::moveTo(TimePoint now) {
  const MutexLock lock(mutex_);
  moveLocked(now);
}

void StubClock::moveLocked(TimePoint now) {
  const auto by = now - nowLocked();
  const Steady::duration passed = std::max<Steady::duration>(by, Steady::duration{0});
  if (frozen_) {
    frozen_->now = now;
    frozen_->steadyNow += passed;
  } else {
    ahead_ += by;
    steadyAhead_ += passed;
  }
}

void StubClock::reset() {
  set({});
}

StubClock::Setting StubClock::setting() const {
  const MutexLock lock(mutex_);
  if (frozen_) return {ahead_, frozen_->now};
  return {ahead_, std::nullopt};
}

void StubClock::set(const Setting& setting) {
  const MutexLock lock(mutex_);
  setPaceLocked(Pace::running);
  moveLocked(setting.frozenAt ? *setting.frozenAt : real_.now() + setting.ahead);
  if (!setting.frozenAt) ahead_ = setting.ahead;  // exact, even if time has passed since the line above
  if (setting.frozenAt) setPaceLocked(Pace::frozen);
  if (frozen_) frozen_->now = *setting.frozenAt;
}

}  // namespace glitch_protocol::web
