// What is written through Engine::getDatabaseAdapter(), and that the cache forgets it.
#include "engine/core/watched_database.h"

#include <functional>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE(
    "a cached access token is refused at once when its user or session goes through the handed-out adapter") {
  struct Ending {
    std::string name;
    std::function<void(Writer&, const SignIn&)> change;
  };
  const std::vector<Ending> endings = {
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
  for (const Ending& ending : endings) {
    CAPTURE(ending.name);
    World world;
    const SignIn signIn = world.signUp();
    const SignIn other = world.signUp("grace@example.org");
    for (const SignIn& one : {signIn, other}) {
      world.engine.authenticate(one.tokens.accessToken);
      world.engine.getActiveSessions(one.user.id);
    }
    world.engine.getDatabaseAdapter().write([&](Writer& writer) { ending.change(writer, signIn); });
    CHECK(codeOf([&] { world.engine.authenticate(signIn.tokens.accessToken); }) == code::sessionTerminated);
    // Nobody else is looked up anew.
    world.database.resetCounters();
    CHECK_NOTHROW(world.engine.authenticate(other.tokens.accessToken));
    CHECK(world.engine.getActiveSessions(other.user.id).size() == 1);
    CHECK(world.database.reads() == 0);
  }
}

TEST_CASE("a list and a profile that change through the handed-out adapter are seen at once") {
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
    "what throws in the handed-out adapter passes through, and nothing is forgotten or written into the "
    "feed") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.authenticate(signIn.tokens.accessToken);
  struct Verdict {};
  CHECK_THROWS_AS(world.engine.getDatabaseAdapter().write([&](Writer& writer) {
    writer.users().remove(signIn.user.id);
    throw Verdict{};
  }),
                  Verdict);
  CHECK_NOTHROW(world.engine.authenticate(signIn.tokens.accessToken));
  CHECK(world.liveSessions(signIn.user.id) == 1);
}
