// Tests of the cleanup: the job that runs it, its lock, and how long the account history is kept.
#include <atomic>
#include <future>

#include "engine/core/periodic_task.h"
#include "tests/catch.h"
#include "tests/support/waiting.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE("the cleanup job runs repeatedly, starts only once, and stops without waiting for the interval") {
  PeriodicTask job;
  std::atomic<int> runs{0};
  std::promise<void> thirdRun;
  job.start(1ms, [&] {
    if (++runs == 3) thirdRun.set_value();
  });
  job.start(1ms, [] { FAIL("a second job was started"); });
  valueOf(thirdRun.get_future());
  job.stop();
  const int atStop = runs;
  job.stop();
  CHECK(atStop >= 3);
  CHECK(runs == atStop);
  job.start(24h, [] {});
  job.stop();  // would take 24 hours if it waited for the interval
}

TEST_CASE("the engine's cleanup job reports a failed cleanup") {
  EngineConfig config = testConfig();
  std::promise<void> reported;
  std::atomic<bool> first{true};
  config.onBackgroundError = [&](std::string_view) {
    if (first.exchange(false)) reported.set_value();
  };
  World world(config);
  world.signUp();
  world.database.failAll();
  world.engine.startCleanupJob(1ms);
  valueOf(reported.get_future());
  world.engine.stopCleanupJob();
  CHECK_FALSE(first);
  world.database.failAll(false);
}

TEST_CASE("the account history is kept for 90 days, and no longer") {
  World world;
  const SignIn signIn = world.signUp();
  const auto events = [&] { return world.accounts.activity(signIn.user.id).size(); };
  REQUIRE(events() == 1);
  world.clock.advance(std::chrono::days{90});
  world.engine.cleanupExpiredSessions();
  CHECK(events() == 1);
  world.clock.advance(1ms);
  world.engine.cleanupExpiredSessions();
  CHECK(events() == 0);
}

TEST_CASE("cleanup does nothing while another process holds the lock") {
  World world;
  world.signUp();
  world.cache.acquireLock("lock:cleanup", 1min);
  world.clock.advance(31 * 24h);
  world.cache.acquireLock("lock:cleanup", 1min);
  world.database.resetCounters();
  world.engine.cleanupExpiredSessions();
  CHECK(world.database.writes() == 0);
  world.cache.releaseLock("lock:cleanup");
  world.engine.cleanupExpiredSessions();
  CHECK(world.database.writes() > 0);
}
