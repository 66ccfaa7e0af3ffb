// Tests that strangers cannot lock an owner out: clients known to an account are counted separately, but are
// limited too.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "engine/text/encoding.h"
#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr const char* email = "ada@example.org";
constexpr const char* home = "203.0.113.7";
constexpr const char* elsewhere = "192.0.2.1";
constexpr const char* wrong = "not the password";

Ask login(const std::string& password, const std::string& account = email) {
  return post("/api/auth/login").json(R"({"email":")" + account + R"(","password":")" + password + "\"}");
}

Ask browserLogin(const std::string& password, const std::vector<std::string>& cookies,
                 const std::string& account = email) {
  Ask ask = login(password, account);
  for (const std::string& cookie : cookies) ask.header("Cookie", cookie);
  return ask;
}

std::vector<std::string> cookiesOf(const Reply& reply) {
  const auto cookies = reply.response.values("Set-Cookie");
  return {cookies.begin(), cookies.end()};
}

/// The cookie "device=..." as a browser sends it back; "" when the answer sets none.
std::string deviceOf(const Reply& reply) {
  for (const std::string& field : cookiesOf(reply))
    if (field.starts_with("device=")) return field.substr(0, field.find(';'));
  return "";
}

/// Registers from a browser at `home` and returns the device cookie.
std::string join(Surface& surface, const std::string& account = email) {
  const Reply reply = surface.send(
      post("/api/auth/register")
          .json(R"({"email":")" + account + R"(","password":")" + std::string(goodPassword) + "\"}"),
      home);
  REQUIRE(reply.status() == 201);
  return deviceOf(reply);
}

/// Sends a hundred wrong passwords from ten addresses and returns how many were checked.
int attack(Surface& surface, const std::string& account = email) {
  int looked = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string from = "198.51.100." + std::to_string(i % 10);
    if (surface.send(login(wrong, account), from).status() == 401) ++looked;
  }
  return looked;
}

/// The answers to wrong passwords with these cookies: "401 401 429".
std::string fail(Surface& surface, int times, const std::vector<std::string>& cookies,
                 const std::string& peer = elsewhere) {
  std::string statuses;
  for (int i = 0; i < times; ++i)
    statuses +=
        (i == 0 ? "" : " ") + std::to_string(surface.send(browserLogin(wrong, cookies), peer).status());
  return statuses;
}

/// How many of 256 parallel wrong passwords are checked.
std::int64_t lookedAtInParallel(Surface& surface, const std::vector<std::string>& cookies,
                                const std::string& peer) {
  const auto statuses = statusesAtOnce(surface.api, browserLogin(wrong, cookies), peer, 256);
  CHECK(std::ranges::count(statuses, 429) == 256 - std::ranges::count(statuses, 401));
  return std::ranges::count(statuses, 401);
}

constexpr const char* tenThenNone = "401 401 401 401 401 401 401 401 401 401 429";

Ask changeOfPassword(const std::string& token, const std::string& current, const std::string& wanted) {
  return post("/api/auth/password")
      .bearer(token)
      .json(R"({"delivery":"body","currentPassword":")" + current + R"(","newPassword":")" + wanted + "\"}");
}

}  // namespace

TEST_CASE("a hundred wrong passwords by strangers keep the owner out only at new addresses") {
  Surface surface;
  const std::string device = join(surface);
  CHECK(attack(surface) == 100);
  CHECK(surface.send(login(goodPassword), elsewhere).status() == 429);
  CHECK(surface.send(login(goodPassword), home).status() == 200);
  CHECK(surface.send(browserLogin(goodPassword, {device}), elsewhere).status() == 200);
  // The address from which the device has signed in is known from then on.
  CHECK(surface.send(login(goodPassword), elsewhere).status() == 200);
  CHECK(surface.send(login(goodPassword), "192.0.2.2").status() == 429);
}

TEST_CASE("an address is known while a session from it is stored, ended or not; an IPv6 /64 is one address") {
  Surface surface;
  const std::string device = join(surface);
  const Reply away = surface.send(login(goodPassword), "2001:db8:1:2::7");
  surface.send(post("/api/auth/logout").bearer(away.at("data.accessToken")));
  SECTION("stored") {
    attack(surface);
    CHECK(surface.send(login(goodPassword), "2001:db8:1:2:ffff::1").status() == 200);
    CHECK(surface.send(login(goodPassword), "2001:db8:1:3::7").status() == 429);
  }
  SECTION("purged") {
    surface.clock.advance(31 * 24h);
    surface.engine.cleanupExpiredSessions();
    attack(surface);
    CHECK(surface.send(login(goodPassword), "2001:db8:1:2::7").status() == 429);
  }
  SECTION("the user was deleted and has registered again") {
    surface.accounts.deleteUser(surface.accounts.getUserByEmail(email).id);
    attack(surface);
    CHECK(surface.send(login(goodPassword), home).status() == 429);
    CHECK(surface.send(browserLogin(goodPassword, {device}), elsewhere).status() == 429);
  }
}

TEST_CASE("a known client has its own limit of ten in five minutes") {
  Surface surface;
  const std::string device = join(surface);
  attack(surface);
  SECTION("an address") {
    CHECK(fail(surface, 11, {}, home) == tenThenNone);
    CHECK(surface.send(login(goodPassword), home).header("Retry-After") == "30");
    CHECK(surface.send(browserLogin(goodPassword, {device}), home).status() == 200);
  }
  SECTION("a device at any address") {
    CHECK(fail(surface, 5, {device}, elsewhere) == "401 401 401 401 401");
    CHECK(fail(surface, 6, {device}, "192.0.2.9") == "401 401 401 401 401 429");
    CHECK(surface.send(browserLogin(goodPassword, {device}), home).header("Retry-After") == "30");
    CHECK(surface.send(login(goodPassword), home).status() == 200);
    surface.clock.advance(30s);
    CHECK(fail(surface, 2, {device}) == "401 429");
    CHECK(surface.send(browserLogin(goodPassword, {device})).header("Retry-After") == "60");
  }
  SECTION("a success clears it") {
    fail(surface, 9, {device});
    CHECK(surface.send(browserLogin(goodPassword, {device}), elsewhere).status() == 200);
    CHECK(fail(surface, 11, {device}) == tenThenNone);
  }
}

TEST_CASE("a stolen device cookie adds ten guesses and does not use up those of strangers") {
  Surface surface;
  const std::string device = join(surface);
  CHECK(fail(surface, 11, {device}) == tenThenNone);
  CHECK(attack(surface) == 100);
  CHECK(surface.send(login(wrong), "198.51.100.77").status() == 429);
}

TEST_CASE("of 256 parallel wrong passwords exactly ten are checked, by device and by known address") {
  World world;
  world.api.rateLimits.logins = std::nullopt;
  Surface surface(std::move(world));
  const std::string device = join(surface);
  attack(surface);
  CHECK(lookedAtInParallel(surface, {device}, elsewhere) == 10);
  CHECK(lookedAtInParallel(surface, {}, home) == 10);
  CHECK(lookedAtInParallel(surface, {}, elsewhere) == 0);
}

TEST_CASE("a device cookie that is foreign, altered, over a year old or repeated is ignored") {
  Surface surface;
  const std::string device = join(surface);
  const std::string other = join(surface, "eve@example.org");
  const auto spoilt = [&] {
    std::string bytes = device;
    bytes[20] = bytes[20] == 'A' ? 'B' : 'A';
    return bytes;
  };
  const std::vector<std::vector<std::string>> ignored = {
      {other},
      {spoilt()},
      {device + "A"},
      {device.substr(0, device.size() - 1)},
      {"device="},
      {"device=" + std::string(4000, 'A')},
      {"Device" + device.substr(6)},
      {device + "; " + device},
      {device + "; device=x"},
      {device, device},
  };
  attack(surface);
  const Reply stranger = surface.send(login(goodPassword), elsewhere);
  REQUIRE(stranger.status() == 429);
  for (const auto& cookies : ignored) {
    CAPTURE(cookies.front());
    const Reply reply = surface.send(browserLogin(goodPassword, cookies), elsewhere);
    CHECK(reply.status() == 429);
    CHECK(reply.body() == stranger.body());
    CHECK(reply.response.lines() == stranger.response.lines());
  }
  CHECK(surface.send(browserLogin(goodPassword, {"a=b; " + device + "; c=d"}), elsewhere).status() == 200);
}

TEST_CASE("an ignored device cookie does not refuse a sign-in within the limits") {
  Surface surface;
  join(surface);
  const std::string other = join(surface, "eve@example.org");
  for (const std::string& cookie : {other, other + "; " + other, std::string("device=x")}) {
    CAPTURE(cookie);
    CHECK(surface.send(browserLogin(goodPassword, {cookie}), elsewhere).status() == 200);
  }
}

TEST_CASE("a device cookie ends after a year, with each password change, and with its secret") {
  Surface surface;
  const std::string device = join(surface);
  const UserId user = surface.accounts.getUserByEmail(email).id;
  std::string password = goodPassword;
  SECTION("valid a day before the end of the year") {
    surface.clock.advance(364 * 24h);
    attack(surface);
    CHECK(surface.send(browserLogin(password, {device}), elsewhere).status() == 200);
  }
  SECTION("a year") {
    surface.clock.advance(365 * 24h);
    surface.engine.cleanupExpiredSessions();
    attack(surface);
    CHECK(surface.send(browserLogin(password, {device}), elsewhere).status() == 429);
  }
  SECTION("a change by the owner; the next sign-in sets a valid one") {
    surface.clock.advance(1s);
    const Reply reply = surface.send(login(password), home);
    REQUIRE(
        surface.send(changeOfPassword(reply.at("data.accessToken"), password, "another fine one")).status() ==
        200);
    surface.clock.advance(1s);
    const std::string next = deviceOf(surface.send(login("another fine one"), home));
    attack(surface);
    CHECK(surface.send(browserLogin("another fine one", {device}), elsewhere).status() == 429);
    CHECK(surface.send(browserLogin("another fine one", {deviceOf(reply)}), elsewhere).status() == 429);
    CHECK(surface.send(browserLogin("another fine one", {next}), elsewhere).status() == 200);
  }
  SECTION("a reset by an operator") {
    surface.clock.advance(1s);
    surface.accounts.setPassword(user, "another fine one");
    attack(surface);
    CHECK(surface.send(browserLogin("another fine one", {device}), elsewhere).status() == 429);
  }
  SECTION("a clock set back by a year does not age it") {
    surface.clock.jumpTo(surface.clock.now() - 366 * 24h);
    attack(surface);
    CHECK(surface.send(browserLogin(password, {device}), elsewhere).status() == 429);
  }
}

TEST_CASE("signing in with a browser sets two cookies, with delivery body none") {
  World world;
  const bool secure = GENERATE(true, false);
  world.api.cookieSecurity = secure ? CookieSecurity::secure : CookieSecurity::insecure;
  Surface surface(std::move(world));
  join(surface);
  const auto fields = cookiesOf(surface.send(login(goodPassword)));
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].starts_with("refreshToken="));
  const std::string attributes = fields[1].substr(fields[1].find(';'));
  CHECK(attributes == std::string("; Path=/api/auth/login; HttpOnly") + (secure ? "; Secure" : "") +
                          "; SameSite=Strict; Max-Age=31536000");
  CHECK(base64urlDecode(fields[1].substr(7, fields[1].find(';') - 7)).has_value());
  CHECK(cookiesOf(surface.send(post("/api/auth/login").json(Surface::credentials(email)))).empty());
}

TEST_CASE("the limits read the database only when it matters, and equally often for unknown accounts") {
  Surface surface;
  const std::string device = join(surface);
  const auto readsOf = [&](const Ask& ask) {
    surface.database.resetCounters();
    CHECK(surface.send(ask, elsewhere).status() == 429);
    return surface.database.reads();
  };
  for (int i = 0; i < 10; ++i) surface.send(login(wrong), elsewhere);
  CHECK(readsOf(login(wrong)) == 0);
  CHECK(readsOf(browserLogin(wrong, {"device=" + std::string(90, 'A')})) == 0);

  surface.clock.advance(24h);
  attack(surface);
  attack(surface, "nobody@example.org");
  CHECK(readsOf(login(wrong)) == 1);
  CHECK(readsOf(login(wrong, "nobody@example.org")) == 1);
  const std::string other = join(surface, "eve@example.org");
  CHECK(readsOf(browserLogin(wrong, {other})) == 2);
  CHECK(readsOf(browserLogin(wrong, {other}, "nobody@example.org")) == 2);
}

TEST_CASE(
    "a limited client gets the same bytes whether the account exists, is disabled or knows other clients") {
  Surface surface;
  join(surface);
  join(surface, "off@example.org");
  surface.accounts.disableUser(surface.accounts.getUserByEmail("off@example.org").id);
  for (const char* account : {email, "off@example.org", "nobody@example.org"}) attack(surface, account);
  const Reply refused = surface.send(login(wrong), elsewhere);
  CHECK(refused.status() == 429);
  for (const char* account : {email, "off@example.org", "nobody@example.org"}) {
    CAPTURE(account);
    const Reply other = surface.send(login(goodPassword, account), elsewhere);
    CHECK(other.body() == refused.body());
    CHECK(other.response.lines() == refused.response.lines());
  }
  // A disabled user at a known address gets the same answer as everyone else.
  CHECK(surface.send(login(goodPassword, "off@example.org"), home).code() == "INVALID_CREDENTIALS");
}

TEST_CASE("an outage while the limits read the database is 503 and counts nothing") {
  Surface surface;
  const std::string device = join(surface);
  attack(surface);
  surface.database.failAll();
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK(surface.send(login(goodPassword), home).status() == 503);
    CHECK(surface.send(browserLogin(goodPassword, {device}), elsewhere).status() == 503);
  }
  surface.database.recover();
  CHECK(fail(surface, 11, {device}) == tenThenNone);
  CHECK(fail(surface, 11, {}, home) == tenThenNone);
}

TEST_CASE(
    "known clients count as strangers without the limit on failures, and all pass without that of the "
    "account") {
  World world;
  const bool noFailures = GENERATE(true, false);
  if (noFailures) world.api.rateLimits.failures = std::nullopt;
  if (!noFailures) world.api.rateLimits.account = std::nullopt;
  Surface surface(std::move(world));
  const std::string device = join(surface);
  CHECK(attack(surface) == 100);
  const int expected = noFailures ? 429 : 200;
  CHECK(surface.send(login(goodPassword), home).status() == expected);
  CHECK(surface.send(browserLogin(goodPassword, {device}), elsewhere).status() == expected);
}

TEST_CASE("with all limits off, the cookie is set and nothing is looked up") {
  World world;
  world.api.rateLimits = RateLimits::off();
  Surface surface(std::move(world));
  const std::string device = join(surface);
  CHECK(device != "");
  CHECK(attack(surface) == 100);
  surface.database.resetCounters();
  CHECK(surface.send(browserLogin(wrong, {device}), elsewhere).status() == 401);
  CHECK(surface.database.reads() == 1);
}

TEST_CASE("an account allows twenty attempts to change its password in an hour, right or wrong") {
  Surface surface;
  Visitor ada = surface.enter(email);
  std::string password = goodPassword;
  const auto change = [&](const std::string& current, const std::string& wanted) {
    const Reply reply = surface.send(changeOfPassword(ada.accessToken, current, wanted));
    if (reply.status() == 200) {
      ada.accessToken = reply.at("data.accessToken");
      password = wanted;
    }
    return reply;
  };
  // Neither unchecked attempts nor outages count.
  for (int i = 0; i < 25; ++i) {
    CAPTURE(i);
    CHECK(change(password, "short").status() == 422);
  }
  surface.database.failAll();
  for (int i = 0; i < 25; ++i) {
    CAPTURE(i);
    CHECK(change(password, "another fine one").status() == 503);
  }
  surface.database.recover();

  for (int i = 0; i < 8; ++i) {
    CAPTURE(i);
    CHECK(change(password, "fine password " + std::to_string(i)).status() == 200);
  }
  for (int i = 0; i < 7; ++i) {
    CAPTURE(i);
    CHECK(change(password, password).status() == 422);
  }
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    CHECK(change(wrong, "another fine one").status() == 422);
  }
  const Reply refused = change(password, "another fine one");
  CHECK(refused.status() == 429);
  CHECK(surface.logged.find("password_change_limited code=RATE_LIMITED") != std::string::npos);
  CHECK(surface.send(changeOfPassword(ada.accessToken, password, "another fine one"), elsewhere).status() ==
        429);

  Visitor bob = surface.enter("bob@example.org");
  CHECK(surface.send(changeOfPassword(bob.accessToken, goodPassword, "another fine one")).status() == 200);
  surface.clock.advance(68min);
  ada = {surface.send(login(password)).at("data.accessToken"), "", "", ""};
  CHECK(change(password, "another fine one").status() == 200);
}

TEST_CASE("an unchanged password does not count as a wrong one") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  for (int i = 0; i < 15; ++i) surface.send(changeOfPassword(ada.accessToken, goodPassword, goodPassword));
  CHECK(fail(surface, 11, {}, home) == tenThenNone);
}

TEST_CASE("guesses at the current password with a stolen access token count for the account") {
  World world;
  world.api.rateLimits.passwordChanges = std::nullopt;
  Surface surface(std::move(world));
  const Visitor ada = surface.enter(email);
  int looked = 0;
  for (int i = 0; i < 160; ++i) {
    const std::string from = "198.51.100." + std::to_string(i % 16);
    if (surface.send(changeOfPassword(ada.accessToken, wrong, "another fine one"), from).status() == 422)
      ++looked;
  }
  CHECK(looked == 100);
  CHECK(surface.send(login(goodPassword), elsewhere).status() == 429);
  CHECK(surface.send(changeOfPassword(ada.accessToken, goodPassword, "another fine one"), home).status() ==
        200);
}

}  // namespace glitch_protocol::web
