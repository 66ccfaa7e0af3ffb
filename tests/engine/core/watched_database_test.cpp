// Tests of the database that Engine::getDatabaseAdapter() returns: its changes are dropped from the cache.
#include "engine/core/watched_database.h"

#include <functional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE(
    "a cached access token is refused at once when its user or session is ended through "
    "getDatabaseAdapter()") {
  struct Case {
    std::string name;
    std::function<void(Writer&, const SignIn&)> change;
  };
  const std::vector<Case> cases = {
      {"the user is removed", [](Writer& w, const SignIn& s) { w.users().remove(s.user.id); }},
      {"the user is disabled",
       [](Writer& w, const SignIn& s) {
         User user = s.user;
         user.disabledAt = user.createdAt;
         w.users().update(user);
       }},
      {"the session is ended",
       [](Writer& w, const SignIn& s) { w.sessions().end(s.session.id, s.session.createdAt, "by hand"); }},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    World world;
    const SignIn signIn = world.signUp();
    const SignIn other = world.signUp("grace@example.org");
    for (const SignIn& user : {signIn, other}) {
      world.engine.authenticate(user.tokens.accessToken);
      world.engine.getActiveSessions(user.user.id);
    }
    world.engine.getDatabaseAdapter().write([&](Writer& writer) { one.change(writer, signIn); });
    CHECK(codeOf([&] { world.engine.authenticate(signIn.tokens.accessToken); }) == code::sessionTerminated);
    // The entries of other users are still cached.
    world.database.resetCounters();
    CHECK_NOTHROW(world.engine.authenticate(other.tokens.accessToken));
    CHECK(world.engine.getActiveSessions(other.user.id).size() == 1);
    CHECK(world.database.reads() == 0);
  }
}

TEST_CASE("changes to a list and a profile through getDatabaseAdapter() are visible at once") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.identify(signIn.tokens.accessToken);
  REQUIRE(world.engine.getActiveSessions(signIn.user.id).size() == 1);
  world.engine.getDatabaseAdapter().write([&](Writer& writer) {
    User user = signIn.user;
    user.name = "Countess";
    writer.users().update(user);
    Session session = *writer.sessions().find(signIn.session.id);
    session.id = SessionId("by-hand");
    writer.sessions().insert(session);
  });
  CHECK(world.engine.identify(signIn.tokens.accessToken).name == "Countess");
  CHECK(world.engine.getActiveSessions(signIn.user.id).size() == 2);
}

TEST_CASE(
    "an exception in a write through getDatabaseAdapter() is passed on, and nothing is forgotten or added to "
    "the "
    "feed") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.authenticate(signIn.tokens.accessToken);
  const auto entriesInFeed = [&] {
    std::size_t count = 0;
    world.memory.read([&](Reader& reader) { count = reader.changes().listAfter(0, 1000).changes.size(); });
    return count;
  };
  const std::size_t before = entriesInFeed();
  struct Abort {};
  CHECK_THROWS_AS(world.engine.getDatabaseAdapter().write([&](Writer& writer) {
    writer.users().remove(signIn.user.id);
    throw Abort{};
  }),
                  Abort);
  CHECK(entriesInFeed() == before);
  world.database.resetCounters();
  CHECK_NOTHROW(world.engine.authenticate(signIn.tokens.accessToken));
  CHECK(world.database.reads() == 0);
  CHECK(world.liveSessions(signIn.user.id) == 1);
}
