// Tests of the rate limits over HTTP: which requests are refused, with which answer, and what is not
// affected.
#include <algorithm>
#include <chrono>
#include <string>

#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr const char* email = "ada@example.org";
constexpr const char* home = "203.0.113.7";
constexpr const char* elsewhere = "198.51.100.9";

Ask login(const std::string& account, const std::string& password) {
  return post("/api/auth/login").json(R"({"email":")" + account + R"(","password":")" + password + "\"}");
}

Ask changeOfPassword(const Visitor& visitor, const std::string& current, const std::string& wanted) {
  return post("/api/auth/password")
      .bearer(visitor.accessToken)
      .json(R"({"currentPassword":")" + current + R"(","newPassword":")" + wanted + "\"}");
}

/// The answers to `times` logins of one account: "401 401 429".
std::string fail(Surface& surface, int times, const std::string& peer = home,
                 const std::string& account = email) {
  std::string statuses;
  for (int i = 0; i < times; ++i) {
    statuses +=
        (i == 0 ? "" : " ") + std::to_string(surface.send(login(account, "not the password"), peer).status());
  }
  return statuses;
}

std::size_t countOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::string activityOf(Surface& surface, const Visitor& visitor) {
  return surface.send(get("/api/auth/activity").bearer(visitor.accessToken)).body();
}

}  // namespace

TEST_CASE(
    "after ten wrong passwords the eleventh login is refused with 429 and a Retry-After in whole seconds") {
  Surface surface;
  surface.enter(email);
  CHECK(fail(surface, 10) == "401 401 401 401 401 401 401 401 401 401");

  const Reply refused = surface.send(login(email, "not the password"));
  CHECK(refused.status() == 429);
  CHECK(refused.code() == "RATE_LIMITED");
  CHECK(refused.header("Retry-After") == "30");
  CHECK(surface.logged.find("login_limited code=RATE_LIMITED") != std::string::npos);
}

TEST_CASE("while limited, a right password, a wrong one and an unknown account get the same bytes") {
  Surface surface;
  surface.enter(email);
  fail(surface, 10);
  fail(surface, 10, home, "nobody@example.org");

  const Reply wrong = surface.send(login(email, "not the password"));
  for (const Reply& other :
       {surface.send(login(email, goodPassword)), surface.send(login("ADA@Example.org", goodPassword)),
        surface.send(login("nobody@example.org", goodPassword))}) {
    CHECK(other.status() == 429);
    CHECK(other.body() == wrong.body());
    CHECK(other.response.lines() == wrong.response.lines());
  }
}

TEST_CASE("the wait doubles with each failure up to 15 minutes, and nothing counts while waiting") {
  Surface surface;
  surface.enter(email);
  fail(surface, 10);
  for (const int wait : {30, 60, 120, 240, 480, 900, 900}) {
    INFO(wait);
    CHECK(surface.send(login(email, "not the password")).header("Retry-After") == std::to_string(wait));
    surface.clock.advance(1ms);
    CHECK(surface.send(login(email, goodPassword)).header("Retry-After") == std::to_string(wait));
    surface.clock.advance(std::chrono::seconds{wait} - 2ms);
    CHECK(surface.send(login(email, goodPassword)).header("Retry-After") == "1");
    surface.clock.advance(1ms);
    CHECK(fail(surface, 1) == "401");
  }
}

TEST_CASE("a success after the wait clears the count") {
  Surface surface;
  surface.enter(email);
  fail(surface, 10);
  surface.clock.advance(30s);
  CHECK(surface.send(login(email, goodPassword)).status() == 200);
  CHECK(fail(surface, 11) == "401 401 401 401 401 401 401 401 401 401 429");
  CHECK(surface.send(login(email, goodPassword)).header("Retry-After") == "30");
}

TEST_CASE("a jump of the wall clock neither shortens nor lengthens a wait") {
  Surface surface;
  fail(surface, 10);
  surface.clock.jumpTo(surface.clock.now() + 24h);
  CHECK(fail(surface, 1) == "429");
  surface.clock.jumpTo(surface.clock.now() - 48h);
  surface.clock.advance(30s);
  CHECK(fail(surface, 1) == "401");
}

TEST_CASE("a limited user keeps their sessions, and can sign in from another address") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  CHECK(fail(surface, 11).ends_with("429"));

  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200);
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).status() == 200);
  CHECK(surface.send(get("/api/events").bearer(ada.accessToken)).exchange.stream != nullptr);
  CHECK(surface.send(login(email, goodPassword), elsewhere).status() == 200);
  CHECK(surface.send(login(email, goodPassword), home).status() == 429);
}

TEST_CASE("a hundred failures of an account in an hour limit it from every address, but not its sessions") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(fail(surface, 1, "198.51.100." + std::to_string(i)) == "401");
  }
  const Reply refused = surface.send(login(email, goodPassword), "192.0.2.1");
  CHECK(refused.status() == 429);
  CHECK(surface.send(login("bob@example.org", goodPassword), "192.0.2.1").status() == 401);
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200);
  surface.clock.advance(std::chrono::seconds{std::stoi(refused.header("Retry-After"))});
  CHECK(surface.send(login(email, goodPassword), "192.0.2.1").status() == 200);
}

TEST_CASE("one password tried on many accounts reaches the limit of its address; a /64 is one address") {
  Surface surface;
  const auto peer = GENERATE(as<std::string>{}, "203.0.113.7", "2001:db8:1:2::");
  const bool wide = peer.find(':') != std::string::npos;
  int tried = 0;
  Reply last;
  do {
    const std::string from = wide ? peer + std::to_string(tried + 1) : peer;
    last = surface.send(login("user" + std::to_string(tried) + "@example.org", "Password1"), from);
  } while (last.status() == 401 && ++tried < 1000);
  CHECK(tried == 60);
  CHECK(last.status() == 429);
  CHECK(surface.send(login(email, "x"), wide ? "2001:db8:1:3::1" : "203.0.113.8").status() == 401);
  CHECK(surface.send(login(email, "x"), wide ? "2001:db8:1:2:ffff::" : "::ffff:203.0.113.7").status() == 429);
}

TEST_CASE("a wrong current password counts as a failed login, and the limit applies to the next check") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  fail(surface, 5);
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    CHECK(surface.send(changeOfPassword(ada, "not the password", "another good one")).status() == 422);
  }
  const Reply refused = surface.send(changeOfPassword(ada, goodPassword, "another good one"));
  CHECK(refused.status() == 429);
  CHECK(fail(surface, 1) == "429");
  CHECK(surface.send(changeOfPassword(ada, goodPassword, "another good one"), elsewhere).status() == 200);
}

TEST_CASE("errors in fields and outages do not count") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK(surface.send(post("/api/auth/login").json(R"({"email":"ada@example.org"})")).status() == 422);
    CHECK(surface.send(changeOfPassword(ada, "not the password", "short")).status() == 422);
  }
  surface.database.failAll();
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK(surface.send(login(email, goodPassword)).status() == 503);
  }
  surface.database.recover();
  CHECK(fail(surface, 11) == "401 401 401 401 401 401 401 401 401 401 429");
}

TEST_CASE("an address may register twenty times an hour; taken e-mails count, refused fields do not") {
  Surface surface;
  const auto join = [&](const std::string& name, const std::string& password = goodPassword) {
    return surface.send(
        post("/api/auth/register")
            .json(R"({"email":")" + name + R"(@example.org","password":")" + password + "\"}"));
  };
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    CHECK(join("ada", "short").status() == 422);
  }
  CHECK(join("ada").status() == 201);
  for (int i = 0; i < 9; ++i) {
    CAPTURE(i);
    CHECK(join("ada").status() == 409);
  }
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    CHECK(join("user" + std::to_string(i)).status() == 201);
  }
  CHECK(join("ada").status() == 429);
  CHECK(join("fresh").status() == 429);
  surface.clock.advance(68min);
  CHECK(join("fresh").status() == 201);
}

TEST_CASE("a session may refresh sixty times a minute; other sessions and forged tokens are not affected") {
  Surface surface;
  Visitor ada = surface.enter(email);
  const Visitor other = surface.signIn(email);
  for (int i = 0; i < 60; ++i) {
    CAPTURE(i);
    const Reply next =
        surface.send(post("/api/auth/refresh").json(R"({"refreshToken":")" + ada.refreshToken + "\"}"));
    REQUIRE(next.status() == 200);
    ada.refreshToken = next.at("data.refreshToken");
  }
  const Reply refused = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(refused.status() == 429);
  CHECK(refused.cookie() == "-");
  CHECK(surface.send(post("/api/auth/refresh").cookie(other.refreshToken)).status() == 200);
  for (int i = 0; i < 70; ++i) {
    CAPTURE(i);
    CHECK(surface.send(post("/api/auth/refresh").cookie(std::string(76, 'A'))).status() == 401);
  }
  surface.clock.advance(68s);
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).status() == 200);
}

TEST_CASE("each limit can be switched off") {
  World world;
  world.api.rateLimits = RateLimits::off();
  Surface surface(std::move(world));
  Visitor ada = surface.enter(email);
  for (int i = 0; i < 120; ++i) {
    CAPTURE(i);
    CHECK(fail(surface, 1) == "401");
  }
  for (int i = 0; i < 30; ++i) {
    CAPTURE(i);
    CHECK(surface.enter("user" + std::to_string(i) + "@example.org").userId != "");
  }
  CHECK(surface.send(login(email, goodPassword)).status() == 200);
}

TEST_CASE("the account history records each wait once, and refusals do not fill it") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  fail(surface, 10);
  for (int i = 0; i < 50; ++i) {
    CAPTURE(i);
    CHECK(surface.send(login(email, goodPassword)).status() == 429);
  }
  CHECK(countOf(activityOf(surface, ada), "LOGIN_LIMITED") == 1);
  surface.clock.advance(30s);
  CHECK(fail(surface, 3) == "401 429 429");
  CHECK(countOf(activityOf(surface, ada), "LOGIN_LIMITED") == 2);
}

TEST_CASE("of 256 parallel wrong passwords exactly ten are checked") {
  Surface surface;
  surface.enter(email);
  const auto statuses = statusesAtOnce(surface.api, login(email, "not the password"), home, 256);
  CHECK(std::ranges::count(statuses, 401) == 10);
  CHECK(std::ranges::count(statuses, 429) == 246);
  CHECK(fail(surface, 1) == "429");
}

}  // namespace glitch_protocol::web
