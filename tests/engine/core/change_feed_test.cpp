// What one engine writes into the change feed, and how little another one forgets because of it.
#include <functional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

/// A world that follows the feed, another engine on its database, and two users whose sessions are in the cache.
struct Beside {
  World world;
  FakeCache itsCache{world.clock};
  Engine elsewhere{world.database, itsCache, noopBroadcaster(), testConfig(), world.clock, world.random};
  Accounts itsAccounts{elsewhere, {}};
  SignIn ada = world.signUp();
  SignIn grace = world.signUp("grace@example.org");

  Beside() {
    world.engine.acceptExternalChanges({});
    warmUp();
  }
  void warmUp() {
    for (const SignIn& one : {ada, grace}) {
      world.engine.authenticate(one.tokens.accessToken);
      world.engine.getActiveSessions(one.user.id);
    }
  }
  std::size_t linesInFeed() {
    std::size_t count = 0;
    world.memory.read([&](Reader& reader) { count = reader.changes().listAfter(0, 1000).changes.size(); });
    return count;
  }
  /// Whether using the user's token and list reads the database.
  bool isForgotten(const SignIn& one) {
    world.database.resetCounters();
    try {
      world.engine.authenticate(one.tokens.accessToken);
    } catch (const AuthError&) {
      // Forgotten or not, it may have ended.
    }
    world.engine.getActiveSessions(one.user.id);
    return world.database.reads() > 0;
  }
};

}  // namespace

TEST_CASE("each change beside costs this engine what it touched, and nothing of other users") {
  struct Act {
    std::string name;
    std::function<void(Beside&)> run;
  };
  const std::vector<Act> acts = {
      {"a session is opened", [](Beside& b) { b.elsewhere.createSession(b.ada.user.id, "", ""); }},
      {"a session is ended",
       [](Beside& b) { b.elsewhere.terminateSession(b.ada.session.id, b.ada.user.id); }},
      {"all are ended", [](Beside& b) { b.elsewhere.terminateAllOtherSessions(b.ada.user.id, SessionId{}); }},
      {"the user is disabled", [](Beside& b) { b.itsAccounts.disableUser(b.ada.user.id); }},
      {"the user is deleted", [](Beside& b) { b.itsAccounts.deleteUser(b.ada.user.id); }},
      {"the password is set",
       [](Beside& b) { b.itsAccounts.setPassword(b.ada.user.id, "another fine password"); }},
      {"the row is written through the adapter",
       [](Beside& b) {
         b.elsewhere.getDatabaseAdapter().write([&](Writer& writer) { writer.users().update(b.ada.user); });
       }},
  };
  for (const Act& act : acts) {
    CAPTURE(act.name);
    Beside beside;
    act.run(beside);
    beside.world.engine.acceptExternalChanges({});
    CHECK(beside.isForgotten(beside.ada));
    CHECK_FALSE(beside.isForgotten(beside.grace));
  }
}

TEST_CASE("what an engine has written itself it does not forget") {
  Beside beside;
  beside.world.engine.createSession(beside.ada.user.id, "", "");
  beside.warmUp();
  beside.itsAccounts.addUser({"new@example.org", World::password, {}});
  beside.world.engine.acceptExternalChanges({});
  CHECK_FALSE(beside.isForgotten(beside.ada));
}

TEST_CASE("refreshes and activity are not in the feed") {
  Beside beside;
  const std::size_t before = beside.linesInFeed();
  beside.elsewhere.rotateRefreshToken(beside.ada.tokens.refreshToken);
  beside.elsewhere.updateSessionActivity(beside.ada.session.id);
  beside.elsewhere.flushRecords();
  CHECK(beside.linesInFeed() == before);
}

TEST_CASE("an engine that has missed purged changes forgets everything, once") {
  Beside beside;
  beside.itsAccounts.disableUser(beside.ada.user.id);
  beside.world.clock.advance(61min);
  beside.elsewhere.cleanupExpiredSessions();
  CHECK(beside.linesInFeed() == 0);
  beside.grace = beside.world.signIn("grace@example.org");
  CHECK(beside.isForgotten(beside.grace));
  CHECK_FALSE(beside.isForgotten(beside.grace));
  beside.world.engine.acceptExternalChanges({});
  CHECK(beside.isForgotten(beside.grace));
  beside.itsAccounts.enableUser(beside.ada.user.id);
  beside.world.engine.acceptExternalChanges({});
  CHECK_FALSE(beside.isForgotten(beside.grace));
}

TEST_CASE(
    "a database that was replaced is looked at anew as a whole, and so is one that lags behind the feed") {
  Beside beside;
  beside.world.engine.acceptReplacedDatabase({});
  CHECK(beside.isForgotten(beside.ada));
  CHECK(beside.isForgotten(beside.grace));
}

TEST_CASE("while the feed cannot be read nothing is forgotten, and the next call makes up for it") {
  Beside beside;
  beside.itsAccounts.disableUser(beside.ada.user.id);
  beside.world.database.failReads();
  CHECK_THROWS_AS(beside.world.engine.acceptExternalChanges({}), StoreError);
  beside.world.database.failReads(false);
  beside.world.engine.acceptExternalChanges({});
  CHECK(codeOf([&] { beside.world.engine.authenticate(beside.ada.tokens.accessToken); }) ==
        code::sessionTerminated);
}

TEST_CASE("only listeners whom a change concerns are looked after") {
  Beside beside;
  const std::vector<Listener> listeners{{beside.ada.user.id, beside.ada.session.id},
                                        {beside.grace.user.id, beside.grace.session.id}};
  beside.elsewhere.terminateSession(beside.ada.session.id, beside.ada.user.id);
  beside.world.broadcaster.clear();
  beside.world.database.resetCounters();
  beside.world.engine.acceptExternalChanges(listeners);
  CHECK(beside.world.broadcaster.allTo<SessionTerminatedEvent>(beside.ada.user.id).size() == 1);
  CHECK(beside.world.broadcaster.allTo<SessionsUpdatedEvent>(beside.grace.user.id).empty());
}
