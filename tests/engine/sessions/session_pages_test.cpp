// Tests of pages of the session list, and that the work is bounded for users with many sessions.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/end_reasons.h"
#include "engine/session_page.h"
#include "tests/catch.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

EngineConfig withLimit(std::size_t maxSessionsPerUser) {
  EngineConfig config = testConfig();
  config.maxSessionsPerUser = maxSessionsPerUser;
  return config;
}

/// A world where ada has `count` sessions, created one second apart; the newest is first in the list.
struct CrowdedWorld : World {
  explicit CrowdedWorld(int count) : World(withLimit(0)) {
    sessions.push_back(signUp().session);
    while (sessions.size() < static_cast<std::size_t>(count)) {
      clock.advance(1s);
      sessions.push_back(engine.createSession(ada(), "203.0.113.9", "Browser/1.0").session);
    }
    broadcaster.clear();
    database.resetCounters();
  }

  const UserId& ada() const { return sessions.front().userId; }
  SessionPage page(const std::optional<SessionId>& after = {}, std::size_t limit = maxSessionsPerPage) {
    return engine.getActiveSessions(ada(), {after, limit});
  }
  /// The session at this position of the list, counted from 0.
  const SessionId& listed(std::size_t position) const { return sessions[sessions.size() - 1 - position].id; }

  std::vector<SessionInfo> sessions;
};

std::string faultOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const ValidationError& error) {
    return error.fields().front().field + ' ' + error.fields().front().code;
  }
  return "";
}

/// Counts the calls of set() by the prefix of the key.
class CountingCache : public FakeCache {
 public:
  using FakeCache::FakeCache;
  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) override {
    ++counts[std::string(key.substr(0, key.find(':')))];
    largest = std::max(largest, value.size());
    FakeCache::set(key, value, ttl);
  }
  std::map<std::string, int> counts;
  std::size_t largest = 0;
};

}  // namespace

TEST_CASE("the pages together are the whole list, newest activity first") {
  CrowdedWorld world(250);
  std::vector<SessionId> seen;
  std::optional<SessionId> after;
  std::vector<std::size_t> sizes;
  do {
    const SessionPage page = world.page(after);
    CHECK(page.total == 250);
    for (const SessionInfo& session : page.sessions) seen.push_back(session.id);
    sizes.push_back(page.sessions.size());
    after = page.next;
  } while (after);
  CHECK(sizes == std::vector<std::size_t>{100, 100, 50});
  REQUIRE(seen.size() == 250);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CAPTURE(i);
    REQUIRE(seen[i] == world.listed(i));
  }
}

TEST_CASE("a page has the requested number of sessions, from 1 to 100") {
  CrowdedWorld world(120);
  for (const auto& [limit, size] :
       std::map<std::size_t, std::size_t>{{0, 1}, {1, 1}, {7, 7}, {100, 100}, {101, 100}}) {
    CAPTURE(limit);
    const SessionPage first = world.page({}, limit);
    CHECK(first.sessions.size() == size);
    CHECK(first.next == first.sessions.back().id);
    CHECK(world.page(world.listed(0), limit).sessions.size() == size);
  }
  CHECK(world.page(world.listed(118), 1).sessions.front().id == world.listed(119));
  CHECK_FALSE(world.page(world.listed(118), 1).next);
  CHECK(world.page(world.listed(119)).sessions.empty());
}

TEST_CASE("a list of 100 sessions is a single page") {
  CrowdedWorld world(100);
  const SessionPage page = world.page();
  CHECK(page.sessions.size() == 100);
  CHECK(page.total == 100);
  CHECK_FALSE(page.next);
}

TEST_CASE("a page can begin after an ended session, but not after another user's or an unknown one") {
  CrowdedWorld world(150);
  const SignIn grace = world.signUp("grace@example.org");
  const SessionId last = *world.page().next;
  world.engine.terminateSession(last, world.ada());
  const SessionPage second = world.page(last);
  CHECK(second.sessions.front().id == world.listed(100));
  CHECK(second.total == 149);
  CHECK(faultOf([&] { world.page(grace.session.id); }) == "after NOT_FOUND");
  CHECK(faultOf([&] { world.page(SessionId("none")); }) == "after NOT_FOUND");
  CHECK(faultOf([&] { world.page(SessionId("")); }) == "after NOT_FOUND");
}

TEST_CASE("unwritten activity moves a session within its page only") {
  CrowdedWorld world(150);
  world.clock.advance(1s);
  world.engine.updateSessionActivity(world.listed(50));
  world.engine.updateSessionActivity(world.listed(120));
  const SessionPage first = world.page();
  CHECK(first.sessions.front().id == world.listed(50));
  CHECK(first.sessions.front().lastActivity == world.clock.now());
  CHECK(first.next == world.listed(99));
  const SessionPage second = world.page(first.next);
  CHECK(second.sessions.front().id == world.listed(120));
  CHECK_FALSE(second.next);

  world.engine.flushRecords();
  CHECK(world.page().sessions.at(0).id == world.listed(50));
  CHECK(world.page().sessions.at(1).id == world.listed(120));
}

TEST_CASE("a page reads a bounded number of sessions, and a cached first page reads none") {
  CrowdedWorld world(1000);
  world.page();
  CHECK(world.database.sessionsRead() <= 101);
  world.database.resetCounters();
  const SessionPage again = world.page();
  CHECK(world.database.reads() == 0);
  world.page(again.next);
  CHECK(world.database.sessionsRead() <= 102);
}

TEST_CASE("a cached page with an expired session is read again") {
  CrowdedWorld world(3);
  world.clock.advance(24h * 30 - 5s);
  CHECK(world.page().total == 3);
  world.clock.advance(4s);  // the newest expires in one second
  CHECK(world.page().total == 1);
  CHECK(world.page().sessions.front().id == world.listed(0));
}

TEST_CASE("the whole list is returned on request, and only its first page is cached") {
  CrowdedWorld world(250);
  CountingCache cache(world.clock);
  Engine engine(world.memory, cache, noopBroadcaster(), withLimit(0), world.clock, world.random);
  world.clock.advance(1s);
  CHECK(engine.getActiveSessions(world.ada()).size() == 250);
  CHECK(engine.getActiveSessions(world.ada()).at(249).id == world.listed(249));
  CHECK(cache.counts["sessions"] == 1);
  // 100 records of an id, an address, a user agent and three times.
  CHECK(cache.largest < 100 * (maxIdBytes + maxIpAddressBytes + 100));
}

TEST_CASE("stored addresses and user agents have a max length") {
  World world;
  const SignIn signIn = world.signUp();
  const auto session =
      world.engine.createSession(signIn.user.id, std::string(1000, '1'), std::string(1000, 'a')).session;
  CHECK(session.client.ipAddress == std::string(64, '1'));
  CHECK(session.client.userAgent == std::string(512, 'a'));
}

TEST_CASE("by default a user has at most 100 sessions") {
  World world;
  const SignIn first = world.signUp();
  for (int i = 0; i < 120; ++i) world.engine.createSession(first.user.id, "", "");
  CHECK(world.liveSessions(first.user.id) == 100);
}

TEST_CASE("after the limit has been lowered, each sign-in ends at most 100 sessions, oldest first") {
  CrowdedWorld world(350);
  FakeCache cache(world.clock);
  Engine engine(world.database, cache, world.broadcaster, withLimit(20), world.clock, world.random);
  const auto isLive = [&](std::size_t position) {
    return !world.storedSession(world.listed(position))->endedAt;
  };
  std::vector<std::size_t> left;
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    world.clock.advance(1s);
    world.database.resetCounters();
    engine.createSession(world.ada(), "", "");
    CHECK(world.database.sessionsRead() <=
          100 + 101);  // the sessions that end, and a page for the announcement
    left.push_back(world.liveSessions(world.ada()));
    if (i == 0) CHECK((isLive(249) && !isLive(250)));
  }
  CHECK(left == std::vector<std::size_t>{251, 152, 53, 20, 20});
}

TEST_CASE("SESSIONS_UPDATED contains the first page and the total") {
  CrowdedWorld world(150);
  world.engine.terminateSession(world.listed(0), world.ada());
  const auto update = world.broadcaster.last<SessionsUpdatedEvent>();
  REQUIRE(update);
  CHECK(update->sessions.size() == 100);
  CHECK(update->sessions.front().id == world.listed(1));
  CHECK(update->total == 149);
  world.engine.sendSessions(world.ada(), SocketId("socket"));
  CHECK(world.broadcaster.allTo<SessionsUpdatedEvent>(SocketId("socket")).front().total == 149);
}

TEST_CASE("ending 1,199 sessions at once ends and announces each, and caches only 100 of them") {
  CrowdedWorld world(1200);
  CountingCache cache(world.clock);
  Engine engine(world.database, cache, world.broadcaster, withLimit(0), world.clock, world.random);
  CHECK(engine.terminateAllOtherSessions(world.ada(), world.listed(700)) == 1199);
  CHECK(world.liveSessions(world.ada()) == 1);
  CHECK(world.broadcaster.count<SessionTerminatedEvent>() == 1199);
  CHECK(world.broadcaster.count<SessionsUpdatedEvent>() == 1);
  CHECK(cache.counts["session"] == 100);
  for (const std::size_t position : {std::size_t{0}, std::size_t{99}, std::size_t{100}, std::size_t{1199}}) {
    CAPTURE(position);
    CHECK(engine.endReasonOf(world.listed(position)) == std::string(end_reason::terminatedOthers));
  }
}

TEST_CASE("sessions of one user that expire together cause one SESSIONS_UPDATED") {
  CrowdedWorld world(300);
  const SignIn grace = world.signUp("grace@example.org");
  world.clock.advance(24h * 30);
  world.engine.createSession(world.ada(), "", "");
  world.broadcaster.clear();
  world.engine.cleanupExpiredSessions();
  CHECK(world.broadcaster.allTo<SessionTerminatedEvent>(world.ada()).size() == 300);
  CHECK(world.broadcaster.allTo<SessionsUpdatedEvent>(world.ada()).size() == 1);
  CHECK(world.broadcaster.allTo<SessionsUpdatedEvent>(grace.user.id).size() == 1);
  CHECK(world.broadcaster.last<SessionTerminatedEvent>()->reason == end_reason::expired);
}

TEST_CASE("a single session is found without reading the others, with its latest activity") {
  CrowdedWorld world(150);
  const SignIn grace = world.signUp("grace@example.org");
  world.engine.updateSessionActivity(world.listed(140));
  world.database.resetCounters();
  CHECK(world.engine.findActiveSession(world.ada(), world.listed(140))->lastActivity == world.clock.now());
  CHECK(world.database.sessionsRead() == 1);
  CHECK_FALSE(world.engine.findActiveSession(world.ada(), grace.session.id));
  CHECK_FALSE(world.engine.findActiveSession(world.ada(), SessionId("none")));
  world.engine.terminateSession(world.listed(140), world.ada());
  CHECK_FALSE(world.engine.findActiveSession(world.ada(), world.listed(140)));
  world.clock.advance(24h * 30);
  CHECK_FALSE(world.engine.findActiveSession(world.ada(), world.listed(0)));
}

TEST_CASE("endReasonOf() answers for every session and reads it at most once") {
  CrowdedWorld world(4);
  world.engine.terminateSession(world.listed(0), world.ada(), "spring cleaning");
  world.cache.forgetEverything();
  world.database.resetCounters();
  CHECK(world.engine.endReasonOf(world.listed(0)) == "spring cleaning");
  CHECK_FALSE(world.engine.endReasonOf(world.listed(1)));
  CHECK(world.engine.endReasonOf(SessionId("none")) == std::string(end_reason::userDeleted));
  CHECK(world.database.sessionsRead() == 3);
  CHECK_FALSE(world.engine.endReasonOf(world.listed(1)));
  CHECK(world.database.sessionsRead() == 3);
  world.clock.advance(24h * 31);
  CHECK(world.engine.endReasonOf(world.listed(1)) == std::string(end_reason::expired));
}

TEST_CASE("a change of one of many sessions by another process is noticed by reading one page") {
  CrowdedWorld world(300);
  FakeCache otherCache(world.clock);
  Engine other(world.memory, otherCache, noopBroadcaster(), withLimit(0), world.clock, world.random);
  const std::vector<Listener> listeners{{world.ada(), world.listed(5)}};
  world.page();
  world.database.resetCounters();
  world.engine.acceptExternalChanges(listeners);
  CHECK(world.broadcaster.size() == 0);
  CHECK(world.database.sessionsRead() <= 102);

  other.terminateSession(world.listed(250), world.ada());  // on the third page: only the total changes
  world.engine.acceptExternalChanges(listeners);
  REQUIRE(world.broadcaster.size() == 1);
  CHECK(world.broadcaster.last<SessionsUpdatedEvent>()->total == 299);
}
