#include "engine/clock.h"

namespace glitch_protocol {

namespace {

class SystemClock : public Clock {
 public:
  TimePoint now() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point steadyNow() const override {
    return std::chrono::steady_clock::now();
  }
};

}  // namespace

Clock& systemClock() {
  static SystemClock instance;
  return instance;
}

TimePoint ManualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

std::chrono::steady_clock::time_point ManualClock::steadyNow() const {
  const std::lock_guard lock(mutex_);
  return steadyNow_;
}

void ManualClock::advance(std::chrono::milliseconds by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
  steadyNow_ += by;
}

void ManualClock::jumpTo(TimePoint now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
}

}  // namespace glitch_protocol
