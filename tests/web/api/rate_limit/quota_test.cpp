// Tests of the parts of the rate limiter: sliding counts, reservations of parallel attempts, bounded tables.
#include "web/api/rate_limit/quota.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "tests/catch.h"
#include "tests/support/fake_random.h"
#include "tests/support/waiting.h"
#include "web/api/rate_limit/limit_key.h"
#include "web/api/rate_limit/sliding_count.h"
#include "web/api/rate_limit/tally.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr RateLimit tenInFiveMinutes{10, 5min};

SteadyTime at(std::chrono::nanoseconds sinceStart) {
  return SteadyTime{} + 1000h + sinceStart;
}

LimitKey numbered(const LimitKeys& keys, int number) {
  return keys.of("key " + std::to_string(number));
}

/// Makes `times` failing attempts; returns how many were allowed before the first refusal.
int failUntilRefused(Quota& quota, const LimitKey& key, int times) {
  for (int i = 0; i < times; ++i) {
    if (quota.reserve(key)) return i;
    quota.count(key);
  }
  return times;
}

}  // namespace

TEST_CASE("a sliding count is never below the number of events in the last window") {
  const RateLimit limit{1'000'000, 80s};
  SlidingCount counted;
  std::vector<std::chrono::nanoseconds> events;
  std::uint64_t seed = 1;
  std::chrono::nanoseconds now{0};
  bool tooFew = false;
  bool tooOld = false;
  for (int i = 0; i < 5000; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    now += std::chrono::milliseconds{(seed >> 33) % (i % 100 == 0 ? 100'000 : 3'000)};
    counted.add(limit, at(now));
    events.push_back(now);
    const auto within = [&](std::chrono::nanoseconds age) {
      return static_cast<std::uint64_t>(
          std::count_if(events.begin(), events.end(), [&](auto event) { return now - event < age; }));
    };
    tooFew |= counted.total(limit, at(now)) < within(80s);
    tooOld |= counted.total(limit, at(now)) > within(90s);
  }
  CHECK_FALSE(tooFew);
  CHECK_FALSE(tooOld);
}

TEST_CASE("a sliding count returns exactly when it falls below its limit") {
  SlidingCount counted;
  for (int i = 0; i < 13; ++i) counted.add(tenInFiveMinutes, at(i * 20s));
  const auto now = at(12 * 20s);
  const auto wait = counted.untilBelow(tenInFiveMinutes, now);
  CHECK(wait > 0ns);
  CHECK(SlidingCount(counted).total(tenInFiveMinutes, now + wait - 1ns) >= 10);
  CHECK(SlidingCount(counted).total(tenInFiveMinutes, now + wait) < 10);
  CHECK(SlidingCount(counted).untilBelow(tenInFiveMinutes, now + wait) == 0ns);
}

TEST_CASE("undecided attempts hold reservations and release them when nothing was decided") {
  const LimitRule rule{{3, 1min}, Waiting::doubling};
  Tally tally;
  CHECK_FALSE(tally.reserve(rule, at(0s)));
  CHECK_FALSE(tally.reserve(rule, at(0s)));
  CHECK_FALSE(tally.reserve(rule, at(0s)));
  CHECK(tally.reserve(rule, at(0s)) == 1s);
  tally.giveBack();
  CHECK_FALSE(tally.reserve(rule, at(0s)));
  CHECK_FALSE(tally.count(rule, at(0s)));
  CHECK_FALSE(tally.idle(rule, at(10min)));  // two are still undecided
  tally.clear();
  tally.giveBack();
  CHECK(tally.idle(rule, at(0s)));
}

TEST_CASE("after a wait, one attempt at a time is allowed") {
  const LimitRule rule{{2, 1min}, Waiting::doubling};
  Tally tally;
  REQUIRE_FALSE(tally.reserve(rule, at(0s)));
  REQUIRE_FALSE(tally.reserve(rule, at(0s)));
  CHECK_FALSE(tally.count(rule, at(0s)));
  CHECK(tally.count(rule, at(0s)));
  CHECK(tally.reserve(rule, at(0s)) == 30s);
  CHECK(tally.reserve(rule, at(30s) - 1ns) == 1ns);
  CHECK_FALSE(tally.reserve(rule, at(30s)));
  CHECK(tally.reserve(rule, at(30s)) == 1s);
  CHECK(tally.count(rule, at(30s)));
  CHECK(tally.reserve(rule, at(30s)) == 60s);
}

TEST_CASE("waits are cleared when nothing has failed for a window after the last one") {
  const LimitRule rule{{1, 1min}, Waiting::doubling};
  Tally tally;
  REQUIRE_FALSE(tally.reserve(rule, at(0s)));
  CHECK(tally.count(rule, at(0s)));
  CHECK_FALSE(tally.idle(rule, at(90s) - 1ns));
  CHECK(tally.idle(rule, at(90s)));
}

TEST_CASE("of 256 threads exactly as many are allowed as the limit permits") {
  ManualClock clock;
  CountingRandom random;
  const LimitKeys keys(random);
  Quota quota(tenInFiveMinutes, Waiting::doubling, clock);
  const LimitKey key = keys.ofAccountAndAddress("ada@example.org", "203.0.113.7");
  std::atomic<int> admitted{0};
  atOnce(256, [&](std::size_t) {
    if (quota.reserve(key)) return;
    ++admitted;
    quota.count(key);
  });
  CHECK(admitted == 10);
}

TEST_CASE("a million other keys use bounded memory, lift no limit and are limited themselves") {
  ManualClock clock;
  CountingRandom random;
  const LimitKeys keys(random);
  Quota quota(RateLimit{3, 1h}, Waiting::doubling, clock);
  const LimitKey victim = keys.of("the one that was limited before the flood");
  REQUIRE(failUntilRefused(quota, victim, 10) == 3);

  bool released = false;
  for (int i = 0; i < 1'000'000; ++i) {
    const LimitKey key = numbered(keys, i);
    if (!quota.reserve(key)) quota.count(key);
    if (i % 10'000 == 0) released |= !quota.reserve(victim).has_value();
  }
  CHECK_FALSE(released);
  CHECK(quota.bytes() == Quota::maxBytes());  // every bucket is in use
  CHECK(Quota::maxBytes() < 12 * 1024 * 1024);
  const LimitKey newcomer = keys.of("who comes when the table is full");
  CHECK(failUntilRefused(quota, newcomer, 10) <= 3);

  clock.advance(24h);
  CHECK(failUntilRefused(quota, victim, 10) == 3);
  CHECK(failUntilRefused(quota, newcomer, 10) == 3);
}

TEST_CASE("in a full table a success does not clear a shared tally") {
  ManualClock clock;
  CountingRandom random;
  const LimitKeys keys(random);
  Quota quota(RateLimit{3, 1h}, Waiting::doubling, clock);
  for (int i = 0; i < 400'000; ++i) {
    const LimitKey key = numbered(keys, i);
    if (!quota.reserve(key)) quota.count(key);
  }
  // Every bucket is full and its shared tally limited. The wait allows one attempt, whose success must not
  // clear the others.
  clock.advance(30s);
  const LimitKey intruder = keys.of("an attacker's own account");
  if (!quota.reserve(intruder)) quota.clear(intruder);
  CHECK(failUntilRefused(quota, intruder, 10) <= 1);
}

TEST_CASE("a quota that is off allows everything and stores nothing") {
  ManualClock clock;
  CountingRandom random;
  const LimitKeys keys(random);
  Quota quota(std::nullopt, Waiting::doubling, clock);
  CHECK(failUntilRefused(quota, keys.of("x"), 1000) == 1000);
  CHECK(quota.bytes() == sizeof(Quota));
}

TEST_CASE("spellings of one account or one client share a key, and nothing else does") {
  CountingRandom random;
  const LimitKeys keys(random);
  CHECK(keys.ofAccount("Ada@Example.org") == keys.ofAccount("ada@example.ORG"));
  CHECK(keys.ofAccount("no address") == keys.ofAccount("nor this"));
  CHECK_FALSE(keys.ofAccount("ada@example.org") == keys.ofAccount("bob@example.org"));
  CHECK(keys.ofAddress("203.0.113.7") == keys.ofAddress("::ffff:203.0.113.7"));
  CHECK_FALSE(keys.ofAddress("203.0.113.7") == keys.ofAddress("203.0.113.8"));
  CHECK(keys.ofAddress("2001:db8:1:2::1") == keys.ofAddress("2001:DB8:1:2:ffff:ffff:ffff:ffff"));
  CHECK_FALSE(keys.ofAddress("2001:db8:1:2::1") == keys.ofAddress("2001:db8:1:3::1"));
  CHECK_FALSE(keys.ofAddress("unix") == keys.ofAddress("203.0.113.7"));
  CHECK_FALSE(LimitKeys(random).ofAddress("unix") == keys.ofAddress("unix"));
}

}  // namespace glitch_protocol::web
