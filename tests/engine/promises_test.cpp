// Tests of the promises of engine/engine.h: at least one case for each number, in order.
#include "tests/contract/engine_promises.h"

#include <functional>
#include <map>

#include "engine/end_reasons.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<DatabaseAdapter> inMemory() {
  return std::make_unique<MemoryDatabase>();
}

/// All ways to end a session; each invalidates all of its tokens.
using Ending = std::function<void(World&, const SignIn&)>;
const std::map<std::string, Ending> endings = {
    {"logout", [](World& w, const SignIn& s) { w.engine.logout(s.session.id, s.user.id); }},
    {"logout by refresh token",
     [](World& w, const SignIn& s) { w.engine.logoutByRefreshToken(s.tokens.refreshToken); }},
    {"termination", [](World& w, const SignIn& s) { w.engine.terminateSession(s.session.id, s.user.id); }},
    {"termination of all other sessions",
     [](World& w, const SignIn& s) { w.engine.terminateAllOtherSessions(s.user.id, w.signIn().session.id); }},
    {"password change by the user",
     [](World& w, const SignIn& s) {
       const SignIn other = w.signIn();
       w.accounts.changePassword(s.user.id, other.session.id, World::password, "another fine password", {});
     }},
    {"password change by an operator",
     [](World& w, const SignIn& s) { w.accounts.setPassword(s.user.id, "another fine password"); }},
    {"disabling the user", [](World& w, const SignIn& s) { w.accounts.disableUser(s.user.id); }},
    {"deleting the user", [](World& w, const SignIn& s) { w.accounts.deleteUser(s.user.id); }},
};

}  // namespace

TEST_CASE("promise 1: a refresh token is accepted once, even if many threads present it in parallel") {
  promises::oneTokenManyThreads(inMemory, 200);
}

TEST_CASE("promise 2: a superseded refresh token ends every session of its user, although the call fails") {
  World world;
  const SignIn victim = world.signUp();
  const SignIn other = world.signIn();
  const SignIn stranger = world.signUp("grace@example.org");
  world.engine.rotateRefreshToken(victim.tokens.refreshToken);
  world.broadcaster.clear();

  REQUIRE(codeOf([&] { world.engine.rotateRefreshToken(victim.tokens.refreshToken); }) ==
          code::tokenReuseDetected);

  for (const SignIn& ended : {victim, other}) {
    CHECK(world.storedSession(ended.session.id)->endReason == end_reason::tokenReuse);
    CHECK(codeOf([&] { world.engine.authenticate(ended.tokens.accessToken); }) == code::sessionTerminated);
  }
  CHECK(world.liveSessions(stranger.user.id) == 1);
  CHECK(world.broadcaster.count<SessionTerminatedEvent>() == 2);
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->reason == end_reason::tokenReuse);
}

TEST_CASE("promise 2: with reuseScope session only the token's own session ends") {
  EngineConfig config = testConfig();
  config.reuseScope = ReuseScope::session;
  World world(config);
  const SignIn victim = world.signUp();
  const SignIn other = world.signIn();
  world.engine.rotateRefreshToken(victim.tokens.refreshToken);

  REQUIRE(codeOf([&] { world.engine.rotateRefreshToken(victim.tokens.refreshToken); }) ==
          code::tokenReuseDetected);

  CHECK(world.storedSession(victim.session.id)->endedAt.has_value());
  CHECK_FALSE(world.storedSession(other.session.id)->endedAt.has_value());
}

TEST_CASE("promise 3: within the reuse window all calls get the same successor, and no session ends") {
  promises::oneTokenManyThreadsInsideWindow(inMemory, 200);
}

TEST_CASE(
    "promise 4: a token that has expired or whose session has ended is refused, and no other session ends") {
  SECTION("ended") {
    for (const auto& [name, end] : endings) {
      CAPTURE(name);
      World world;
      const SignIn signIn = world.signUp();
      end(world, signIn);
      const std::size_t alive = world.liveSessions(signIn.user.id);
      CHECK(codeOf([&] { world.engine.rotateRefreshToken(signIn.tokens.refreshToken); }) ==
            code::tokenInvalid);
      CHECK(world.liveSessions(signIn.user.id) == alive);
    }
  }
  SECTION("expired, superseded or not") {
    World world;
    const SignIn old = world.signUp();
    const auto current = world.engine.rotateRefreshToken(old.tokens.refreshToken).tokens;
    world.clock.advance(29 * 24h);
    const SignIn fresh = world.signIn();
    world.clock.advance(25h);
    for (const std::string& token : {old.tokens.refreshToken, current.refreshToken}) {
      CAPTURE(token);
      CHECK(codeOf([&] { world.engine.rotateRefreshToken(token); }) == code::tokenExpired);
    }
    CHECK(world.liveSessions(fresh.user.id) == 1);
  }
}

TEST_CASE("promise 5: ending a session invalidates its tokens at once, even with a warm cache") {
  for (const auto& [name, end] : endings) {
    CAPTURE(name);
    World world;
    const SignIn signIn = world.signUp();
    world.engine.authenticate(signIn.tokens.accessToken);
    end(world, signIn);
    CHECK(codeOf([&] { world.engine.authenticate(signIn.tokens.accessToken); }) == code::sessionTerminated);
    CHECK(codeOf([&] { world.engine.identifyRefreshToken(signIn.tokens.refreshToken); }) ==
          code::tokenInvalid);
  }
}

TEST_CASE("promise 5: after a password change its session has no valid tokens except the new ones") {
  World world;
  const SignIn mine = world.signUp();
  world.engine.authenticate(mine.tokens.accessToken);
  const TokenPair renewed = world.accounts.changePassword(mine.user.id, mine.session.id, World::password,
                                                          "another fine password", {});
  CHECK(codeOf([&] { world.engine.authenticate(mine.tokens.accessToken); }) == code::tokenInvalid);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(mine.tokens.refreshToken); }) == code::tokenInvalid);
  CHECK_NOTHROW(world.engine.authenticate(renewed.accessToken));
  CHECK_NOTHROW(world.engine.rotateRefreshToken(renewed.refreshToken));
}

TEST_CASE(
    "promise 5: a refresh that is committed before a password change and signed after it returns invalid "
    "tokens") {
  // Runs a function after the next write: here, between the commit of the refresh and the signing of its tokens. The
  // function changes the password and advances the clock by a second.
  class HookedDatabase : public DatabaseAdapter {
   public:
    explicit HookedDatabase(DatabaseAdapter& inner) : inner_(inner) {}
    std::function<void()> afterWrite;
    void read(const std::function<void(Reader&)>& look) override { inner_.read(look); }
    void write(const std::function<void(Writer&)>& change) override {
      inner_.write(change);
      if (afterWrite) std::exchange(afterWrite, {})();
    }

   private:
    DatabaseAdapter& inner_;
  };
  MemoryDatabase memory;
  HookedDatabase database(memory);
  World world(&database);
  const SignIn mine = world.signUp();
  TokenPair renewed;
  database.afterWrite = [&] {
    renewed = world.accounts.changePassword(mine.user.id, mine.session.id, World::password,
                                            "another fine password", {});
    world.clock.advance(1s);
  };
  const TokenPair late = world.engine.rotateRefreshToken(mine.tokens.refreshToken).tokens;
  CHECK(codeOf([&] { world.engine.authenticate(late.accessToken); }) == code::tokenInvalid);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(late.refreshToken); }) == code::tokenInvalid);
  CHECK_NOTHROW(world.engine.authenticate(renewed.accessToken));
}

TEST_CASE("promise 5: a refresh in parallel with the end of its session leaves no valid token") {
  SECTION("termination") {
    promises::refreshRacingWithTerminate(inMemory, 1000);
  }
  SECTION("password change") {
    promises::refreshRacingWithPasswordChange(inMemory, 1000);
  }
  SECTION("password change of the session itself") {
    promises::refreshRacingWithOwnPasswordChange(inMemory, 1000);
  }
}

TEST_CASE(
    "promise 5: an authentication that reads the session before it ends does not leave it in the cache as "
    "live") {
  // A cache that is slow to store what the first authentication has read: the session ends in between.
  class SlowCache : public FakeCache {
   public:
    using FakeCache::FakeCache;
    std::function<void()> beforeSet;
    void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) override {
      if (beforeSet) std::exchange(beforeSet, {})();
      FakeCache::set(key, value, ttl);
    }
  };
  ManualClock clock;
  CountingRandom random;
  MemoryDatabase database;
  SlowCache cache(clock);
  RecordingBroadcaster broadcaster;
  Engine engine(database, cache, broadcaster, testConfig(), clock, random);
  Accounts accounts(engine, {});
  const SignIn signIn = accounts.registerUser({World::email, World::password, {}}, {});

  cache.beforeSet = [&] { engine.terminateSession(signIn.session.id, signIn.user.id); };
  engine.authenticate(signIn.tokens.accessToken);  // read the session while it was live

  CHECK(codeOf([&] { engine.authenticate(signIn.tokens.accessToken); }) == code::sessionTerminated);
}

TEST_CASE("promise 6: an operation throws StoreError and has no effect, whichever of its write steps fails") {
  struct Operation {
    std::string name;
    std::function<void(World&, const SignIn&)> run;
  };
  const std::vector<Operation> operations = {
      {"register", [](World& w, const SignIn&) { w.signUp("new@example.org"); }},
      {"login", [](World& w, const SignIn&) { w.signIn(); }},
      {"rotate", [](World& w, const SignIn& s) { w.engine.rotateRefreshToken(s.tokens.refreshToken); }},
      {"terminate", [](World& w, const SignIn& s) { w.engine.terminateSession(s.session.id, s.user.id); }},
      {"terminate others",
       [](World& w, const SignIn& s) { w.engine.terminateAllOtherSessions(s.user.id, s.session.id); }},
      {"logout", [](World& w, const SignIn& s) { w.engine.logoutByRefreshToken(s.tokens.refreshToken); }},
      {"change password",
       [](World& w, const SignIn& s) {
         w.accounts.changePassword(s.user.id, s.session.id, World::password, "another fine password", {});
       }},
      {"disable", [](World& w, const SignIn& s) { w.accounts.disableUser(s.user.id); }},
      {"delete", [](World& w, const SignIn& s) { w.accounts.deleteUser(s.user.id); }},
      {"generate tokens",
       [](World& w, const SignIn& s) { w.engine.generateTokens(s.user.id, s.session.id); }},
  };
  for (const Operation& operation : operations) {
    CAPTURE(operation.name);
    bool failed = true;
    int faults = 0;
    for (std::uint64_t n = 1; failed; ++n) {
      CAPTURE(n);
      World world;
      const SignIn signIn = world.signUp();
      world.signIn();
      world.broadcaster.clear();
      world.database.failNthWriteStep(n);
      failed = false;
      try {
        operation.run(world, signIn);
      } catch (const StoreError&) {
        failed = true;
      }
      world.database.recover();
      if (!failed) break;
      ++faults;
      CHECK(world.broadcaster.size() == 0);
      CHECK(world.liveSessions(signIn.user.id) == 2);
      CHECK_NOTHROW(world.engine.authenticate(signIn.tokens.accessToken));
      CHECK(codeOf([&] { world.accounts.getUserByEmail("new@example.org"); }) == code::userNotFound);
      CHECK_NOTHROW(world.engine.rotateRefreshToken(signIn.tokens.refreshToken));
      CHECK_NOTHROW(world.signIn());
    }
    CHECK(faults >= 2);  // at least one step and the commit
  }
}

TEST_CASE("promise 6: a reuse that cannot be written is an outage, and the next attempt detects it") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  world.database.failNthWriteStep(1);
  CHECK_THROWS_AS(world.engine.rotateRefreshToken(signIn.tokens.refreshToken), StoreError);
  CHECK(world.liveSessions(signIn.user.id) == 1);
  CHECK(codeOf([&] { world.engine.rotateRefreshToken(signIn.tokens.refreshToken); }) ==
        code::tokenReuseDetected);
  CHECK(world.liveSessions(signIn.user.id) == 0);
}

TEST_CASE(
    "promise 7: with a warm cache, authentication does not use the database and works during its outage") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.authenticate(signIn.tokens.accessToken);
  world.database.resetCounters();
  world.database.failAll();
  for (int i = 0; i < 100; ++i) {
    world.engine.authenticate(signIn.tokens.accessToken);
    world.engine.updateSessionActivity(signIn.session.id);
  }
  CHECK(world.database.reads() == 0);
  CHECK(world.database.writes() == 0);
  world.database.recover();
}

TEST_CASE("promise 8: nothing is announced before it is committed") {
  // A broadcaster that checks whether the announced changes are in the database.
  class CheckingBroadcaster : public SocketBroadcaster {
   public:
    explicit CheckingBroadcaster(DatabaseAdapter& database) : database_(database) {}
    void emitToUser(const UserId& user, const SessionEvent& event) override {
      const auto* ended = std::get_if<SessionTerminatedEvent>(&event);
      const auto* opened = std::get_if<SessionNewEvent>(&event);
      database_.read([&](Reader& reader) {
        if (ended) committed = committed && reader.sessions().find(ended->sessionId)->endedAt.has_value();
        if (opened) committed = committed && reader.sessions().find(opened->session.id).has_value();
      });
      CHECK_FALSE(user.empty());
      ++events;
    }
    void emitToSocket(const SocketId&, const SessionEvent&) override {}
    bool committed = true;
    int events = 0;

   private:
    DatabaseAdapter& database_;
  };
  ManualClock clock;
  MemoryDatabase database;
  FakeCache cache(clock);
  CheckingBroadcaster broadcaster(database);
  Engine engine(database, cache, broadcaster, testConfig(), clock);
  Accounts accounts(engine, {});
  const SignIn first = accounts.registerUser({World::email, World::password, {}}, {});
  const SignIn second = accounts.login(World::email, World::password, {});
  engine.terminateSession(second.session.id, second.user.id);
  accounts.setPassword(first.user.id, "another fine password");
  CHECK(broadcaster.events == 6);  // two opened sessions; two ended ones, each followed by the new list
  CHECK(broadcaster.committed);
}

TEST_CASE("promise 9: ten thousand rotations leave one row") {
  promises::manyRotationsOneRow(inMemory, 10'000);
}

TEST_CASE("promise 10: cleanup removes sessions that ended more than 30 days ago and no live session") {
  World world;
  const SignIn idle = world.signUp();
  world.clock.advance(20 * 24h);
  const SignIn alive = world.signIn();
  world.clock.advance(11 * 24h);
  world.broadcaster.clear();

  world.engine.cleanupExpiredSessions();
  CHECK(world.storedSession(idle.session.id)->endReason == end_reason::expired);
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->reason == end_reason::expired);
  CHECK_NOTHROW(world.engine.rotateRefreshToken(alive.tokens.refreshToken));

  world.clock.advance(29 * 24h);
  world.engine.cleanupExpiredSessions();
  CHECK(world.storedSession(idle.session.id).has_value());  // ended only 29 days ago
  CHECK(world.storedSession(alive.session.id).has_value());

  world.clock.advance(2 * 24h);
  world.engine.cleanupExpiredSessions();
  CHECK_FALSE(world.storedSession(idle.session.id).has_value());
}

TEST_CASE("promise 10: cleanup works in transactions of at most 500 rows") {
  World world;
  const SignIn first = world.signUp();
  constexpr int extra = 1200;
  for (int i = 0; i < extra; ++i) world.engine.createSession(first.user.id, "203.0.113.9", "test");
  world.clock.advance(31 * 24h);
  world.database.resetCounters();
  world.engine.cleanupExpiredSessions();
  // 500 + 500 + 201 ended sessions; one write each to purge sessions, lineages and audit events; five to purge
  // the 2,302 entries of the change feed
  CHECK(world.database.writes() == 3 + 3 + 5);
  CHECK(world.liveSessions(first.user.id) == 0);
}

TEST_CASE("promise 11: no exception text contains a password or a token") {
  World world;
  const SignIn signIn = world.signUp();
  const std::string canary = "canary-password-4711";
  std::vector<std::string> texts;
  const auto collect = [&](const std::function<void()>& call) {
    try {
      call();
    } catch (const ValidationError& error) {
      texts.emplace_back(error.what());
      for (const FieldError& field : error.fields()) texts.push_back(field.message);
    } catch (const AuthError& error) {
      texts.push_back(error.what() + error.cause());
    }
  };
  collect([&] { world.accounts.login(World::email, canary, {}); });
  collect([&] { world.accounts.login(canary, canary, {}); });
  collect([&] { world.accounts.registerUser({canary + "@", canary + std::string(1, '\0'), {}}, {}); });
  collect(
      [&] { world.accounts.changePassword(signIn.user.id, signIn.session.id, canary, canary + "x", {}); });
  collect([&] { world.engine.authenticate(canary); });
  collect([&] { world.engine.rotateRefreshToken(canary); });
  collect([&] { world.engine.logoutByRefreshToken(canary); });
  REQUIRE(texts.size() >= 7);
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(text.find(canary) == std::string::npos);
  }
}

TEST_CASE("promise 12: the promises hold for sessions of users without a row in the users table") {
  EngineConfig config = testConfig();
  config.userDirectory = trustCaller();
  World world(config);
  const UserId user("the app's user 42");
  const CreatedSession first = world.engine.createSession(user, "203.0.113.7", "app");
  const CreatedSession second = world.engine.createSession(user, "203.0.113.8", "app");
  world.engine.authenticate(first.tokens.accessToken);
  SECTION("1 and 2: a refresh token is accepted once, and a superseded one ends all of the user's sessions") {
    CHECK_NOTHROW(world.engine.rotateRefreshToken(first.tokens.refreshToken));
    CHECK(codeOf([&] { world.engine.rotateRefreshToken(first.tokens.refreshToken); }) ==
          code::tokenReuseDetected);
    CHECK(world.liveSessions(user) == 0);
    CHECK(codeOf([&] { world.engine.authenticate(second.tokens.accessToken); }) == code::sessionTerminated);
  }
  SECTION("5: an ended session is refused at once, whatever the cache holds") {
    world.engine.terminateSession(first.session.id, user);
    CHECK(codeOf([&] { world.engine.authenticate(first.tokens.accessToken); }) == code::sessionTerminated);
    CHECK(codeOf([&] { world.engine.rotateRefreshToken(first.tokens.refreshToken); }) == code::tokenInvalid);
    CHECK_NOTHROW(world.engine.authenticate(second.tokens.accessToken));
  }
  SECTION("7: with a warm cache, authentication does not use the database") {
    world.database.failAll();
    CHECK_NOTHROW(world.engine.authenticate(first.tokens.accessToken));
  }
}

TEST_CASE(
    "promise 13: the cache hides no change that is made through getDatabaseAdapter() or by another engine") {
  World world;
  const SignIn changedByAdapter = world.signUp();
  const SignIn changedByOther = world.signUp("grace@example.org");
  for (const SignIn& one : {changedByAdapter, changedByOther})
    world.engine.authenticate(one.tokens.accessToken);
  world.engine.getDatabaseAdapter().write(
      [&](Writer& writer) { writer.users().remove(changedByAdapter.user.id); });
  CHECK(codeOf([&] { world.engine.authenticate(changedByAdapter.tokens.accessToken); }) ==
        code::sessionTerminated);
  Engine other(world.database, noopCache(), noopBroadcaster(), testConfig(), world.clock, world.random);
  other.terminateSession(changedByOther.session.id, changedByOther.user.id);
  world.engine.acceptExternalChanges({});
  CHECK(codeOf([&] { world.engine.authenticate(changedByOther.tokens.accessToken); }) ==
        code::sessionTerminated);
}
