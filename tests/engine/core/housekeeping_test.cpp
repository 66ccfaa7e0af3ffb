// What runs in the background: the recorder, the cleanup job; and what the configuration allows.
#include <future>

#include "engine/core/periodic_task.h"
#include "engine/sessions/record.h"
#include "engine/sessions/recorder.h"
#include "engine/text/email.h"
#include "tests/catch.h"
#include "tests/support/waiting.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE("the recorder writes by itself, soon after the first record") {
  World world;
  const SignIn signIn = world.signUp();
  std::promise<std::vector<UserId>> told;
  Recorder recorder(world.database, 0ms, {[&](const auto& owners) { told.set_value(owners); }, {}});
  const TimePoint later = world.clock.now() + 5s;
  recorder.touch(signIn.session.id, later);
  CHECK(valueOf(told.get_future()) == std::vector<UserId>{signIn.user.id});
  CHECK(world.storedSession(signIn.session.id)->lastActivity == later);
  recorder.flush();
  CHECK_FALSE(recorder.pendingActivity(signIn.session.id).has_value());
}

TEST_CASE("the recorder keeps what it could not write, and writes it the next time") {
  World world;
  const SignIn signIn = world.signUp();
  Recorder recorder(world.database, 24h, {});
  const TimePoint later = world.clock.now() + 5s;
  recorder.touch(signIn.session.id, later);
  recorder.setSocketId(signIn.session.id, SocketId{"socket-1"});
  recorder.add({later, "LOGIN_FAILED", signIn.user.id, {}, {}});
  world.database.failAll();
  CHECK_THROWS_AS(recorder.flush(), StoreError);
  CHECK(recorder.pendingActivity(signIn.session.id) == later);
  world.database.recover();
  world.database.failAll(false);
  recorder.flush();
  const auto stored = world.storedSession(signIn.session.id);
  CHECK(stored->lastActivity == later);
  CHECK(stored->socketId == SocketId{"socket-1"});
  CHECK(world.accounts.activity(signIn.user.id).at(0).event == "LOGIN_FAILED");
}

TEST_CASE("a failure in the background is reported, not thrown") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  database.failAll();
  std::promise<std::string> told;
  std::atomic<bool> first{true};
  Recorder recorder(database, 0ms, {{}, [&](std::string_view what) {
                                      if (first.exchange(false)) told.set_value(std::string{what});
                                    }});
  recorder.touch(SessionId{"some"}, TimePoint{});
  CHECK_FALSE(valueOf(told.get_future()).empty());
  database.failAll(false);
}

TEST_CASE("a recorder that goes writes what is waiting") {
  World world;
  const SignIn signIn = world.signUp();
  { Recorder(world.database, 24h, {}).touch(signIn.session.id, world.clock.now() + 5s); }
  CHECK(world.storedSession(signIn.session.id)->lastActivity == world.clock.now() + 5s);
}

TEST_CASE("the recorder is bounded while the database is away") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  database.failAll();
  Recorder recorder(database, 24h, {});
  for (int i = 0; i < 11'000; ++i) recorder.add({TimePoint{}, "LOGIN_FAILED", UserId{"u"}, {}, {}});
  CHECK_THROWS_AS(recorder.flush(), StoreError);
  for (int i = 0; i < 11'000; ++i) recorder.add({TimePoint{}, "LOGIN_FAILED", UserId{"u"}, {}, {}});
  database.failAll(false);
  recorder.flush();
  std::size_t kept = 0;
  memory.read([&](Reader& reader) { kept = reader.audit().list(UserId{"u"}, 100'000).size(); });
  CHECK(kept == 10'000);
}

TEST_CASE("the cleanup job runs again and again, starts once, and stops in mid-interval") {
  PeriodicTask job;
  std::atomic<int> runs{0};
  std::promise<void> thrice;
  job.start(1ms, [&] {
    if (++runs == 3) thrice.set_value();
  });
  job.start(1ms, [] { FAIL("a second job was started"); });
  valueOf(thrice.get_future());
  job.stop();
  const int atStop = runs;
  job.stop();
  CHECK(atStop >= 3);
  CHECK(runs == atStop);
  job.start(24h, [] {});
  job.stop();  // returns at once, or this test never ends
}

TEST_CASE("the engine's cleanup job cleans, and reports what it could not") {
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

TEST_CASE("cleanup leaves the work to whoever holds the lock") {
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

TEST_CASE("a configuration out of range is refused with its name") {
  struct Row {
    std::string name;
    std::function<void(EngineConfig&)> spoil;
  };
  const std::vector<Row> rows = {
      {"jwtSecret", [](EngineConfig& c) { c.jwtSecret = Secret("short"); }},
      {"jwtSecret", [](EngineConfig& c) { c.jwtSecret = Secret(""); }},
      {"very few different characters", [](EngineConfig& c) { c.jwtSecret = Secret(std::string(64, 'a')); }},
      {"previous jwtSecret", [](EngineConfig& c) { c.previousJwtSecrets = {Secret("short")}; }},
      {"bcryptRounds", [](EngineConfig& c) { c.bcryptRounds = 16; }},
      {"bcryptRounds",
       [](EngineConfig& c) {
         c.hooks.hashingStrength = HashingStrength::production;
         c.bcryptRounds = 9;
       }},
      {"accessTokenExpiryMinutes", [](EngineConfig& c) { c.accessTokenExpiryMinutes = 0min; }},
      {"refreshTokenExpiryDays", [](EngineConfig& c) { c.refreshTokenExpiryDays = std::chrono::days{401}; }},
      {"refreshReuseWindowSeconds", [](EngineConfig& c) { c.refreshReuseWindowSeconds = -1s; }},
  };
  MemoryDatabase database;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    EngineConfig config = testConfig();
    row.spoil(config);
    std::string said;
    try {
      const Engine engine(database, noopCache(), noopBroadcaster(), config);
    } catch (const std::invalid_argument& error) {
      said = error.what();
    }
    CHECK(said.find(row.name) != std::string::npos);
  }
}

TEST_CASE("an e-mail address is printable ASCII with one @, in lower case") {
  CHECK(normalizeEmail("Ada.Lovelace+X@Example.ORG") == "ada.lovelace+x@example.org");
  CHECK(normalizeEmail(std::string(64, 'a') + "@" + std::string(189, 'b')).has_value());
  for (const std::string& bad :
       {std::string{}, std::string{"@"}, std::string{"a@"}, std::string{"@b"}, std::string{"a@b@c"},
        std::string{"a b@c"}, std::string{"a@b\n"}, std::string{"\xC3\xA9@b.org"},
        std::string("a@b\0.org", 8), std::string{"a@.b"}, std::string{"a@b."},
        std::string(65, 'a') + "@b.org", std::string(64, 'a') + "@" + std::string(190, 'b')}) {
    CAPTURE(bad);
    CHECK_FALSE(normalizeEmail(bad).has_value());
  }
}

TEST_CASE("a record that was cut reads as missing, never as something else") {
  RecordWriter out;
  out.number(7);
  out.text("text");
  const std::string whole = out.take();
  RecordReader in(whole);
  CHECK(in.number() == 7);
  CHECK(in.text() == "text");
  CHECK(in.ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    RecordReader cut(std::string_view(whole).substr(0, size));
    cut.number();
    CHECK(cut.text().empty());
    CHECK_FALSE(cut.ok());
  }
}
