// Tests of single parts of the stub; tests/e2e/stub.test.mjs tests all of it together.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "store/memory_cache.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "web/stub/control.h"
#include "web/stub/fault_rules.h"
#include "web/stub/stub_clock.h"
#include "web/stub/waiting_log.h"
#include "web/stub/worlds.h"

namespace glitch_protocol::web {

using namespace std::chrono_literals;

namespace {

constexpr TimePoint someDay{std::chrono::seconds{1767225600}};

struct Line {
  std::string json;
};
bool any(const Line&) {
  return true;
}

}  // namespace

TEST_CASE("the clock of a stub follows the real one, can be moved, and can be frozen") {
  ManualClock real(someDay);
  StubClock clock(real);
  const auto steadyBegin = clock.steadyNow();
  real.advance(5s);
  CHECK(clock.now() == someDay + 5s);

  clock.moveTo(someDay + 24h);
  CHECK(clock.now() == someDay + 24h);
  CHECK(clock.steadyNow() - steadyBegin == 24h);
  real.advance(1s);
  CHECK(clock.now() == someDay + 24h + 1s);

  clock.setPace(StubClock::Pace::frozen);
  real.advance(1h);
  CHECK(clock.now() == someDay + 24h + 1s);
  CHECK(clock.steadyNow() - steadyBegin == 24h + 1s);
  clock.setPace(StubClock::Pace::running);
  CHECK(clock.now() == someDay + 24h + 1s);
  real.advance(1s);
  CHECK(clock.now() == someDay + 24h + 2s);
}

TEST_CASE("the steady clock of a stub never goes back, wherever the wall clock is moved") {
  ManualClock real(someDay);
  StubClock clock(real);
  auto before = clock.steadyNow();
  const auto grew = [&] {
    const auto now = clock.steadyNow();
    return now >= std::exchange(before, now);
  };
  clock.moveTo(someDay - 240h);
  CHECK(grew());
  clock.setPace(StubClock::Pace::frozen);
  clock.moveTo(someDay + 240h);
  CHECK(grew());
  clock.moveTo(someDay - 1h);
  CHECK(grew());
  clock.reset();
  CHECK(grew());
  CHECK(clock.now() == real.now());
}

TEST_CASE("the setting of a clock restores a frozen time, or the offset of a running clock") {
  ManualClock real(someDay);
  StubClock clock(real);
  clock.moveTo(someDay + 1h);
  const StubClock::Setting ahead = clock.setting();
  clock.setPace(StubClock::Pace::frozen);
  const StubClock::Setting frozen = clock.setting();
  real.advance(10min);
  clock.set(ahead);
  CHECK(clock.now() == someDay + 1h + 10min);
  clock.set(frozen);
  CHECK(clock.now() == someDay + 1h);
  CHECK(clock.pace() == StubClock::Pace::frozen);
}

TEST_CASE(
    "a waiting log keeps the newest entries, wakes waiting callers, and releases all of them when stopped") {
  WaitingLog<Line> log;
  for (int i = 0; i < 10'050; ++i) log.add({std::to_string(i)});
  CHECK(log.find(any, 0s).size() == 10'000);
  CHECK(log.find(any, 0s).front() == "50");
  log.clear();
  log.add({std::string(5 << 20, 'a')});
  log.add({std::string(5 << 20, 'b')});
  CHECK(log.find(any, 0s).size() == 1);

  log.clear();
  std::thread waker([&] { log.add({"here"}); });
  CHECK(log.find(any, 20s).size() == 1);
  waker.join();
  std::thread stopper([&] { log.stop(); });
  CHECK(log.find([](const Line& line) { return line.json == "never"; }, 1h).empty());
  stopper.join();
}

TEST_CASE("the first matching rule that still applies is used, as many times as it says") {
  std::atomic<std::size_t> delaying{0};
  {
    FaultRules rules(delaying);
    FaultRule first;
    first.path = "/api/auth/*";
    first.method = "POST";
    first.status = 500;
    first.times = 2;
    FaultRule second;
    second.delay = 5ms;
    rules.replace({first, second});
    CHECK(delaying == 1);
    CHECK_FALSE(rules.take("GET", "/api/auth/me")->status);
    CHECK(rules.take("POST", "/api/auth/login")->status == 500);
    CHECK(rules.take("POST", "/api/auth/refresh")->status == 500);
    CHECK_FALSE(rules.take("POST", "/api/auth/login")->status);
    rules.replace({});
    CHECK_FALSE(rules.take("POST", "/api/auth/login"));
  }
  CHECK(delaying == 0);
  CHECK(matchesPath("/a", "/a"));
  CHECK_FALSE(matchesPath("/a", "/a/b"));
  CHECK(matchesPath("/a*", "/a/b"));
  CHECK(matchesPath("", "/anything"));
}

TEST_CASE("reset and snapshots restore one world and do not affect the others") {
  WorldSettings settings;
  settings.engine.jwtSecret = Secret("0123456789abcdef-fedcba9876543210");
  settings.engine.bcryptRounds = 4;
  settings.engine.hooks.hashingStrength = HashingStrength::forTests;
  settings.makeStore = [](const std::string&, const Clock& clock) {
    WorldStore store;
    auto database = store::SqliteDatabase::inMemory();
    auto cache = std::make_unique<store::MemoryCache>(clock);
    store.forgetCache = [&borrowed = *cache] { borrowed.clear(); };
    store.database = std::move(database);
    store.cache = std::move(cache);
    return store;
  };
  Seed seed;
  for (int i = 0; i < 100; ++i) {
    SeedUser user;
    user.email = "user" + std::to_string(i) + "@example.org";
    seed.users.push_back(user);
  }
  settings.seedImage = makeSeedImage(settings, seed);
  Log log(
      LogLevel::error, LogFormat::text, [] { return std::chrono::system_clock::now(); },
      [](std::string_view) {});
  Worlds worlds(settings, "", log);
  StubWorld& world = worlds.named("worker-1");
  world.engine().createSession(idFromEmail("user7@example.org"), "", "");
  world.saveSnapshot("one");
  CHECK(world.engine().getActiveSessions(idFromEmail("user7@example.org")).size() == 1);
  world.reset();
  CHECK(world.engine().getActiveSessions(idFromEmail("user7@example.org")).empty());
  CHECK(world.restoreSnapshot("one"));
  CHECK(world.engine().getActiveSessions(idFromEmail("user7@example.org")).size() == 1);
  CHECK(worlds.named("worker-2").engine().getActiveSessions(idFromEmail("user7@example.org")).empty());
}

TEST_CASE("control requests that may wait use the lane with enough threads for all of them") {
  ControlRouter router;
  router.add(controlRoutes());
  const auto laneOf = [&](std::string_view method, std::string_view path) {
    const ControlRoute* row = router.find(method, path).row;
    REQUIRE(row != nullptr);
    return row->lane;
  };
  CHECK(laneOf("GET", "/__test/requests") == Lane::hashing);
  CHECK(laneOf("GET", "/__test/events") == Lane::hashing);
  CHECK(laneOf("POST", "/__test/reset") != Lane::hashing);
}

}  // namespace glitch_protocol::web
