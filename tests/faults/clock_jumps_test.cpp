// Tests that setting the wall clock makes nothing immortal or negative, and does not affect what runs inside
// the process.
#include <chrono>
#include <string>

#include "tests/catch.h"
#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

/// 0 < number <= max, for a number in an answer.
bool isWithin(const std::string& number, long max) {
  return number != "-" && std::stol(number) > 0 && std::stol(number) <= max;
}

std::string maxAgeOf(const Reply& reply) {
  const std::string cookie = reply.header("Set-Cookie");
  const auto begin = cookie.find("Max-Age=") + 8;
  return cookie.substr(begin, cookie.find(';', begin) - begin);
}

}  // namespace

TEST_CASE("wherever the clock is set, a sign-in gets tokens with the usual lifetime, and they expire") {
  const auto jump = GENERATE(std::chrono::hours{-1}, std::chrono::hours{24}, std::chrono::hours{24 * 3650});
  World world;
  world.engine.recordingDelay = std::chrono::hours{24};
  const auto access = std::chrono::seconds(world.engine.accessTokenExpiryMinutes).count();
  const auto refresh = std::chrono::seconds(world.engine.refreshTokenExpiryDays).count();
  Surface surface(world);
  const Visitor before = surface.enter("ada@example.org");
  surface.clock.jumpTo(surface.clock.now() + jump);

  const std::string credentials = R"({"email":"ada@example.org","password":"correct horse battery"})";
  const Reply signIn = surface.send(post("/api/auth/login").json(credentials));
  CHECK(isWithin(signIn.at("data.expiresIn"), access));
  CHECK(isWithin(maxAgeOf(signIn), refresh));
  const Reply renewed = surface.send(post("/api/auth/refresh").cookie(signIn.cookie()));
  CHECK(isWithin(renewed.at("data.expiresIn"), access));
  CHECK(isWithin(maxAgeOf(renewed), refresh));

  // Existing sessions continue, or have to sign in again.
  const Reply old = surface.send(get("/api/auth/verify").bearer(before.accessToken));
  CHECK((old.status() == 200 || old.status() == 401));
  const Reply oldRefresh = surface.send(post("/api/auth/refresh").cookie(before.refreshToken));
  CHECK(oldRefresh.status() == (jump > 24h ? 401 : 200));

  surface.engine.cleanupExpiredSessions();
  CHECK(surface.send(get("/api/auth/verify").bearer(renewed.at("data.accessToken"))).status() == 200);
  surface.clock.advance(std::chrono::seconds(refresh) + 1s);
  surface.engine.cleanupExpiredSessions();
  for (const std::string& token : {before.refreshToken, oldRefresh.cookie(), renewed.cookie()}) {
    CAPTURE(token);
    CHECK(surface.send(post("/api/auth/refresh").cookie(token)).status() == 401);
  }
  CHECK(surface.send(get("/api/auth/verify").bearer(before.accessToken)).status() == 401);
}

TEST_CASE("an access token issued while the clock was ahead is refused once the clock is right") {
  const auto ahead = GENERATE(std::chrono::hours{1}, std::chrono::hours{24}, std::chrono::hours{24 * 3650});
  Surface surface;
  const TimePoint right = surface.clock.now();
  surface.clock.jumpTo(right + ahead);
  const Visitor ada = surface.enter("ada@example.org");
  surface.clock.jumpTo(right);
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).code() == "TOKEN_INVALID");
  // The refresh token gives one with the right time.
  const Reply renewed = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(renewed.status() == 200);
  CHECK(surface.send(get("/api/auth/verify").bearer(renewed.at("data.accessToken"))).status() == 200);
}

}  // namespace glitch_protocol::web
