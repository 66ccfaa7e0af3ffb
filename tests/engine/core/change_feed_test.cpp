// Tests of the change feed: which entries an engine adds, and what another engine forgets because of them.
#include <functional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

/// A world whose engine reads the feed, another engine on its database, and two users whose sessions are cached.
struct TwoEngines {
  World world;
  FakeCache otherCache{world.clock};
  Engine otherEngine{world.database, otherCache, noopBroadcaster(), testConfig(), world.clock, world.random};
  Accounts otherAccounts{otherEngine, {}};
  SignIn ada = world.signUp();
  SignIn grace = world.signUp("grace@example.org");

  TwoEngines() {
    world.engine.acceptExternalChanges({});
    warmUp();
  }
  void warmUp() {
    for (const SignIn& one : {ada, grace}) {
      world.engine.authenticate(one.tokens.accessToken);
      world.engine.getActiveSessions(one.user.id);
    }
  }
  std::size_t entriesInFeed() {
    std::size_t count = 0;
    world.memory.read([&](Reader& reader) { count = reader.changes().listAfter(0, 1000).changes.size(); });
    return count;
  }
  /// Whether the use of the user's token and list reads the database.
  bool isForgotten(const SignIn& one) {
    world.database.resetCounters();
    try {
      world.engine.authenticate(one.tokens.accessToken);
    } catch (const AuthError&) {
      // The session may have ended.
    }
    world.engine.getActiveSessions(one.user.id);
    return world.database.reads() > 0;
  }
};

}  // namespace

TEST_CASE(
    "after each kind of change by another engine, only the entries of the affected user are forgotten") {
  struct Case {
    std::string name;
    std::function<void(TwoEngines&)> run;
  };
  const std::vector<Case> cases = {
      {"a session is opened", [](TwoEngines& e) { e.otherEngine.createSession(e.ada.user.id, "", ""); }},
      {"a session is ended",
       [](TwoEngines& e) { e.otherEngine.terminateSession(e.ada.session.id, e.ada.user.id); }},
      {"all sessions are ended",
       [](TwoEngines& e) { e.otherEngine.terminateAllOtherSessions(e.ada.user.id, SessionId{}); }},
      {"the user is disabled", [](TwoEngines& e) { e.otherAccounts.disableUser(e.ada.user.id); }},
      {"the user is deleted", [](TwoEngines& e) { e.otherAccounts.deleteUser(e.ada.user.id); }},
      {"the password is set",
       [](TwoEngines& e) { e.otherAccounts.setPassword(e.ada.user.id, "another fine password"); }},
      {"the row is written through the adapter",
       [](TwoEngines& e) {
         e.otherEngine.getDatabaseAdapter().write([&](Writer& writer) { writer.users().update(e.ada.user); });
       }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    TwoEngines engines;
    one.run(engines);
    engines.world.engine.acceptExternalChanges({});
    CHECK(engines.isForgotten(engines.ada));
    CHECK_FALSE(engines.isForgotten(engines.grace));
  }
}

TEST_CASE("an engine forgets nothing because of its own changes in the feed") {
  TwoEngines engines;
  engines.world.engine.createSession(engines.ada.user.id, "", "");
  engines.warmUp();
  engines.otherAccounts.addUser({"new@example.org", World::password, {}});
  engines.world.engine.acceptExternalChanges({});
  CHECK_FALSE(engines.isForgotten(engines.ada));
}

TEST_CASE("refreshes and activity are not in the feed") {
  TwoEngines engines;
  const std::size_t before = engines.entriesInFeed();
  engines.otherEngine.rotateRefreshToken(engines.ada.tokens.refreshToken);
  engines.otherEngine.updateSessionActivity(engines.ada.session.id);
  engines.otherEngine.flushRecords();
  CHECK(engines.entriesInFeed() == before);
}

TEST_CASE("an engine forgets everything once when changes were purged that it has not read") {
  TwoEngines engines;
  engines.otherAccounts.disableUser(engines.ada.user.id);
  engines.world.clock.advance(61min);
  engines.otherEngine.cleanupExpiredSessions();
  CHECK(engines.entriesInFeed() == 0);
  engines.grace = engines.world.signIn("grace@example.org");
  CHECK(engines.isForgotten(engines.grace));
  CHECK_FALSE(engines.isForgotten(engines.grace));
  engines.world.engine.acceptExternalChanges({});
  CHECK(engines.isForgotten(engines.grace));
  engines.otherAccounts.enableUser(engines.ada.user.id);
  engines.world.engine.acceptExternalChanges({});
  CHECK_FALSE(engines.isForgotten(engines.grace));
}

TEST_CASE("acceptReplacedDatabase() forgets everything") {
  TwoEngines engines;
  engines.world.engine.acceptReplacedDatabase({});
  CHECK(engines.isForgotten(engines.ada));
  CHECK(engines.isForgotten(engines.grace));
}

TEST_CASE("if the feed cannot be read, the call throws StoreError and the next call applies the changes") {
  TwoEngines engines;
  engines.otherAccounts.disableUser(engines.ada.user.id);
  engines.world.database.failReads();
  CHECK_THROWS_AS(engines.world.engine.acceptExternalChanges({}), StoreError);
  engines.world.database.failReads(false);
  engines.world.engine.acceptExternalChanges({});
  CHECK(codeOf([&] { engines.world.engine.authenticate(engines.ada.tokens.accessToken); }) ==
        code::sessionTerminated);
}

TEST_CASE("only listeners of users affected by a change get events") {
  TwoEngines engines;
  const std::vector<Listener> listeners{{engines.ada.user.id, engines.ada.session.id},
                                        {engines.grace.user.id, engines.grace.session.id}};
  engines.otherEngine.terminateSession(engines.ada.session.id, engines.ada.user.id);
  engines.world.broadcaster.clear();
  engines.world.database.resetCounters();
  engines.world.engine.acceptExternalChanges(listeners);
  CHECK(engines.world.broadcaster.allTo<SessionTerminatedEvent>(engines.ada.user.id).size() == 1);
  CHECK(engines.world.broadcaster.allTo<SessionsUpdatedEvent>(engines.grace.user.id).empty());
}
