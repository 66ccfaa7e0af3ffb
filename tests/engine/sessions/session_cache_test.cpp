// Tests of the session cache: which changes invalidate which entries.
#include "engine/sessions/session_cache.h"

#include <chrono>

#include "tests/catch.h"
#include "tests/support/fake_cache.h"
#include "tests/support/fake_random.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

namespace {

const UserId ada("ada");
const SessionId session("session-of-ada");

/// A cache with entries for one session and for the list of its user.
struct Fixture {
  Fixture() { fill(); }

  void fill() {
    CachedSession live;
    live.userId = ada;
    live.expiresAt = clock.now() + 1h;
    cache.put(session, cache.stamp(session), live);
    cache.putList(ada, cache.generation(ada), {{}, 1});
  }

  ManualClock clock;
  CountingRandom random;
  FakeCache store{clock};
  SessionCache cache{store, random, 15min};
};

}  // namespace

TEST_CASE("an entry is valid until its session or its user changes") {
  Fixture fixture;
  SessionCache& cache = fixture.cache;
  const auto expect = [&](bool sessionIsValid, bool listIsValid) {
    CHECK(cache.get(session).has_value() == sessionIsValid);
    CHECK(cache.getList(ada).has_value() == listIsValid);
  };
  expect(true, true);
  SECTION("forget") {
    cache.forget(session);
    expect(false, true);
  }
  SECTION("forgetList") {
    cache.forgetList(ada);
    expect(true, false);
  }
  SECTION("forgetUser") {
    cache.forgetUser(ada);
    expect(false, false);
  }
  SECTION("forgetUser for another user") {
    cache.forgetUser(UserId("grace"));
    expect(true, true);
  }
  SECTION("forgetEverything") {
    cache.forgetEverything();
    expect(false, false);
  }
  SECTION("rememberEnded") {
    cache.rememberEnded(ada, {session}, "logout");
    expect(true, true);
    CHECK(cache.get(session)->ended);
    CHECK(cache.get(session)->endReason == "logout");
  }
}

TEST_CASE("rows that were read before changes are not valid when they are stored after them") {
  Fixture fixture;
  SessionCache& cache = fixture.cache;
  const CachedSession old = *cache.get(session);
  const auto stamp = cache.stamp(session);
  const auto generation = cache.generation(ada);
  const auto expectOutdated = [&] {
    cache.put(session, stamp, old);
    cache.putList(ada, generation, {{}, 1});
    CHECK_FALSE(cache.get(session));
    CHECK_FALSE(cache.getList(ada));
    fixture.fill();
    CHECK(cache.get(session));
    CHECK(cache.getList(ada));
  };
  SECTION("a change of the session and of its list") {
    cache.forget(session);
    cache.forgetList(ada);
    expectOutdated();
  }
  SECTION("a change of the user") {
    cache.forgetUser(ada);
    expectOutdated();
  }
  SECTION("a change of everything") {
    cache.forgetEverything();
    expectOutdated();
  }
  SECTION("both a change of everything and one of the session and its list") {
    cache.forget(session);
    cache.forgetList(ada);
    cache.forgetEverything();
    expectOutdated();
  }
}

TEST_CASE("entries of an earlier process with the same cache are not valid") {
  Fixture fixture;
  SessionCache later(fixture.store, fixture.random, 15min);
  CHECK_FALSE(later.get(session));
  CHECK_FALSE(later.getList(ada));
}
