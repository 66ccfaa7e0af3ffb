// The clock of the operating system, and ManualClock.
#include "engine/clock.h"

namespace glitch_protocol::inline v1 {

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
  return TimePoint{TimePoint::duration{now_.load()}};
}

std::chrono::steady_clock::time_point ManualClock::steadyNow() const {
  return std::chrono::steady_clock::time_point{std::chrono::steady_clock::duration{steadyNow_.load()}};
}

void ManualClock::advance(std::chrono::milliseconds by) {
  now_.fetch_add(TimePoint::duration{by}.count());
  steadyNow_.fetch_add(std::chrono::steady_clock::duration{by}.count());
}

void ManualClock::jumpTo(TimePoint now) {
  now_.store(now.time_since_epoch().count());
}

}  // namespace glitch_protocol::inline v1
