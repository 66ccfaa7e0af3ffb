// Tests of the system clock and of ManualClock.
#include "engine/clock.h"

#include "tests/catch.h"

namespace glitch_protocol {

using namespace std::chrono_literals;

TEST_CASE("the system clock agrees with the operating system") {
  const auto before = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const TimePoint now = systemClock().now();
  const auto after = std::chrono::system_clock::now();
  CHECK(before <= now);
  CHECK(now <= after);
}

TEST_CASE("the system's steady clock does not go back") {
  const auto first = systemClock().steadyNow();
  CHECK(first <= systemClock().steadyNow());
}

TEST_CASE("a manual clock does not move by itself") {
  ManualClock clock;
  CHECK(clock.now() == TimePoint(1767225600s));
  CHECK(clock.now() == clock.now());
  CHECK(clock.steadyNow() == clock.steadyNow());
}

TEST_CASE("advancing a manual clock moves both of its times") {
  ManualClock clock;
  const TimePoint now = clock.now();
  const auto steadyNow = clock.steadyNow();
  clock.advance(90s);
  CHECK(clock.now() == now + 90s);
  CHECK(clock.steadyNow() == steadyNow + 90s);
}

TEST_CASE("setting a manual clock does not change its steady time") {
  ManualClock clock(TimePoint(1000s));
  const auto steadyNow = clock.steadyNow();
  clock.jumpTo(TimePoint(5s));
  CHECK(clock.now() == TimePoint(5s));
  CHECK(clock.steadyNow() == steadyNow);
}

}  // namespace glitch_protocol
