// Tests of opening, ending and listing sessions, and of the events about them.
#include "engine/sessions/sessions.h"

#include "engine/end_reasons.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE("a new session is announced to the user's streams and listed first") {
  World world;
  const SignIn first = world.signUp();
  world.clock.advance(1min);
  world.broadcaster.clear();
  const CreatedSession second = world.engine.createSession(first.user.id, "2001:db8::1", "Firefox");

  const auto event = world.broadcaster.last<SessionNewEvent>();
  REQUIRE(event.has_value());
  CHECK(event->session.id == second.session.id);
  CHECK(event->session.client.ipAddress == "2001:db8::1");
  const auto sessions = world.engine.getActiveSessions(first.user.id);
  REQUIRE(sessions.size() == 2);
  CHECK(sessions[0].id == second.session.id);
}

TEST_CASE("only users with an enabled account get a session") {
  World world;
  const SignIn signIn = world.signUp();
  CHECK(codeOf([&] { world.engine.createSession(UserId{"nobody"}, "", ""); }) == code::userNotFound);
  world.accounts.disableUser(signIn.user.id);
  CHECK(codeOf([&] { world.engine.createSession(signIn.user.id, "", ""); }) == code::userNotFound);
}

TEST_CASE("a user agent is cut off after at most 512 bytes, between characters") {
  World world;
  const SignIn signIn = world.signUp();
  const std::string agent = std::string(511, 'a') + "\xC3\xA9" + "tail";
  const auto session = world.engine.createSession(signIn.user.id, "", agent).session;
  CHECK(session.client.userAgent == std::string(511, 'a'));
}

TEST_CASE("beyond the session limit the oldest session ends") {
  EngineConfig config = testConfig();
  config.maxSessionsPerUser = 2;
  World world(config);
  const SignIn first = world.signUp();
  world.clock.advance(1s);
  const SignIn second = world.signIn();
  world.clock.advance(1s);
  world.broadcaster.clear();
  const SignIn third = world.signIn();

  CHECK(world.storedSession(first.session.id)->endReason == end_reason::sessionLimit);
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->reason == end_reason::sessionLimit);
  CHECK_NOTHROW(world.engine.authenticate(second.tokens.accessToken));
  CHECK_NOTHROW(world.engine.authenticate(third.tokens.accessToken));
}

TEST_CASE("terminating a session notifies its device and sends the new list to the others") {
  World world;
  const SignIn first = world.signUp();
  const SignIn second = world.signIn();
  world.broadcaster.clear();
  world.engine.terminateSession(first.session.id, first.user.id, "spring cleaning");

  const auto emissions = world.broadcaster.emissions();
  REQUIRE(emissions.size() == 2);
  const auto ended = std::get<SessionTerminatedEvent>(emissions[0].event);
  CHECK(ended.sessionId == first.session.id);
  CHECK(ended.reason == "spring cleaning");
  const auto updated = std::get<SessionsUpdatedEvent>(emissions[1].event);
  REQUIRE(updated.sessions.size() == 1);
  CHECK(updated.sessions[0].id == second.session.id);
}

TEST_CASE("a session can be terminated once, and only for its user") {
  World world;
  const SignIn ada = world.signUp();
  const SignIn grace = world.signUp("grace@example.org");
  const auto terminate = [&](const SessionId& id, const UserId& user) {
    return codeOf([&] { world.engine.terminateSession(id, user); });
  };
  CHECK(terminate(ada.session.id, grace.user.id) == code::sessionNotFound);
  CHECK(terminate(SessionId{"unknown"}, ada.user.id) == code::sessionNotFound);
  CHECK(world.liveSessions(ada.user.id) == 1);
  CHECK(terminate(ada.session.id, ada.user.id) == "");
  CHECK(terminate(ada.session.id, ada.user.id) == code::sessionNotFound);
}

TEST_CASE("terminating all other sessions keeps the current one and returns how many ended") {
  World world;
  const SignIn mine = world.signUp();
  for (int i = 0; i < 3; ++i) world.signIn();
  CHECK(world.engine.terminateAllOtherSessions(mine.user.id, mine.session.id) == 3);
  CHECK(world.engine.terminateAllOtherSessions(mine.user.id, mine.session.id) == 0);
  CHECK(world.liveSessions(mine.user.id) == 1);
}

TEST_CASE("logging out again is not an error") {
  World world;
  const SignIn signIn = world.signUp();
  const auto next = world.engine.rotateRefreshToken(signIn.tokens.refreshToken);
  const auto owner = world.engine.logoutByRefreshToken(signIn.tokens.refreshToken);
  REQUIRE(owner);  // the token is superseded, but still belongs to its session
  CHECK(owner->userId == signIn.user.id);
  CHECK(owner->sessionId == signIn.session.id);
  CHECK(world.storedSession(signIn.session.id)->endReason == end_reason::logout);
  CHECK_NOTHROW(world.engine.logoutByRefreshToken(next.tokens.refreshToken));
  CHECK_NOTHROW(world.engine.logout(signIn.session.id, signIn.user.id));
}

TEST_CASE("an expired session is refused with SESSION_EXPIRED, even if it is cached") {
  EngineConfig config = testConfig();
  config.refreshTokenExpiryDays = std::chrono::days{1};
  config.accessTokenExpiryMinutes = std::chrono::minutes{1440};
  World world(config);
  const SignIn signIn = world.signUp();
  world.clock.advance(12h);
  const std::string access = world.engine.generateTokens(signIn.user.id, signIn.session.id).accessToken;
  world.engine.authenticate(access);
  // An access token signed elsewhere with the same secret may outlive the session.
  const AccessTokens tokens(config.jwtSecret);
  const std::string longLived =
      tokens.sign({signIn.user.id, signIn.session.id, world.clock.now(), world.clock.now() + 90 * 24h});
  world.clock.advance(48h);
  CHECK(codeOf([&] { world.engine.authenticate(access); }) == code::tokenExpired);
  CHECK(codeOf([&] { world.engine.authenticate(longLived); }) == code::sessionExpired);
  world.engine.cleanupExpiredSessions();
  CHECK(codeOf([&] { world.engine.authenticate(longLived); }) == code::sessionExpired);
}

TEST_CASE("an access token for another user's session is invalid") {
  World world;
  const SignIn ada = world.signUp();
  const SignIn grace = world.signUp("grace@example.org");
  const AccessTokens tokens(testConfig().jwtSecret);
  const std::string mixed =
      tokens.sign({ada.user.id, grace.session.id, world.clock.now(), world.clock.now() + 1min});
  CHECK(codeOf([&] { world.engine.authenticate(mixed); }) == code::tokenInvalid);
}

TEST_CASE(
    "activity is written in the background, at most once in the debounce time, and appears in the list at "
    "once") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.getActiveSessions(signIn.user.id);
  world.clock.advance(30s);
  world.database.resetCounters();
  world.engine.updateSessionActivity(signIn.session.id);
  const TimePoint used = world.clock.now();
  CHECK(world.database.writes() == 0);
  CHECK(world.engine.getActiveSessions(signIn.user.id).at(0).lastActivity == used);
  CHECK(world.storedSession(signIn.session.id)->lastActivity < used);

  world.clock.advance(59s);
  world.engine.updateSessionActivity(signIn.session.id);
  world.engine.flushRecords();
  CHECK(world.storedSession(signIn.session.id)->lastActivity == used);

  world.clock.advance(1s);
  world.engine.updateSessionActivity(signIn.session.id);
  world.engine.flushRecords();
  CHECK(world.storedSession(signIn.session.id)->lastActivity == world.clock.now());
}

TEST_CASE("the event stream of a session is stored and cleared") {
  World world;
  const SignIn signIn = world.signUp();
  world.engine.updateSessionSocketId(signIn.session.id, SocketId{"socket-1"});
  world.engine.flushRecords();
  CHECK(world.storedSession(signIn.session.id)->socketId == SocketId{"socket-1"});
  world.engine.updateSessionSocketId(signIn.session.id, std::nullopt);
  world.engine.flushRecords();
  CHECK_FALSE(world.storedSession(signIn.session.id)->socketId.has_value());
}

TEST_CASE(
    "acceptExternalChanges() announces a session that another process has ended, and its tokens are "
    "refused") {
  World world;
  const SignIn listening = world.signUp();
  const SignIn other = world.signIn();
  world.engine.authenticate(listening.tokens.accessToken);
  world.engine.authenticate(other.tokens.accessToken);
  world.engine.getActiveSessions(other.user.id);

  // Another process: an engine and a cache of its own on the same database.
  FakeCache otherCache(world.clock);
  Engine otherEngine(world.database, otherCache, noopBroadcaster(), testConfig(), world.clock, world.random);
  otherEngine.terminateSession(listening.session.id, listening.user.id, "terminated");
  world.broadcaster.clear();
  world.engine.acceptExternalChanges(
      {{listening.user.id, listening.session.id}, {other.user.id, other.session.id}});

  CHECK(codeOf([&] { world.engine.authenticate(listening.tokens.accessToken); }) == code::sessionTerminated);
  CHECK_NOTHROW(world.engine.authenticate(other.tokens.accessToken));
  REQUIRE(world.broadcaster.count<SessionTerminatedEvent>() == 1);
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->sessionId == listening.session.id);
  CHECK(world.broadcaster.last<SessionsUpdatedEvent>()->sessions.size() == 1);
}

TEST_CASE("a change by another process is not announced to users whom it does not affect") {
  World world;
  const SignIn listening = world.signUp();
  world.engine.getActiveSessions(listening.user.id);
  Engine otherEngine(world.database, noopCache(), noopBroadcaster(), testConfig(), world.clock, world.random);
  Accounts(otherEngine, {}).addUser({"grace@example.org", World::password, {}});
  world.broadcaster.clear();
  world.engine.acceptExternalChanges({{listening.user.id, listening.session.id}});
  CHECK(world.broadcaster.size() == 0);
}

TEST_CASE("deleting a user in another process terminates the user's streams") {
  World world;
  const SignIn listening = world.signUp();
  Engine otherEngine(world.database, noopCache(), noopBroadcaster(), testConfig(), world.clock, world.random);
  Accounts(otherEngine, {}).deleteUser(listening.user.id);
  world.broadcaster.clear();
  world.engine.acceptExternalChanges({{listening.user.id, listening.session.id}});
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->reason == end_reason::userDeleted);
}

TEST_CASE("the engine works without a cache") {
  ManualClock clock;
  CountingRandom random;
  MemoryDatabase database;
  Engine engine(database, noopCache(), noopBroadcaster(), testConfig(), clock, random);
  Accounts accounts(engine, {});
  const SignIn signIn = accounts.registerUser({World::email, World::password, {}}, {});
  CHECK_NOTHROW(engine.authenticate(signIn.tokens.accessToken));
  CHECK(engine.getActiveSessions(signIn.user.id).size() == 1);
  engine.terminateSession(signIn.session.id, signIn.user.id);
  CHECK(codeOf([&] { engine.authenticate(signIn.tokens.accessToken); }) == code::sessionTerminated);
}

TEST_CASE("a termination succeeds even if the new list cannot be read") {
  World world;
  const SignIn signIn = world.signUp();
  world.database.failReads();
  CHECK_NOTHROW(world.engine.terminateSession(signIn.session.id, signIn.user.id));
  world.database.recover();
  CHECK(world.storedSession(signIn.session.id)->endedAt.has_value());
}
