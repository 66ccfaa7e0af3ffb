// Tests of admission for requests that wait: what is checked before, what they keep, and what is checked
// again.
#include <string>

#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr const char* email = "ada@example.org";

/// A request on arrival: answered at once, or waiting with its own exchange.
struct Arrived {
  Arrived(Surface& surface, const Ask& ask, const std::string& peer = "203.0.113.7") {
    exchange.peer.address = peer;
    exchange.requestId = RequestId(0x0123456789abcdef);
    surface.api.handle(ask.request(), response, exchange);
  }

  bool waits() const { return exchange.queueing.has_value(); }
  /// Runs the request on its lane.
  void goOn(Surface& surface, const Ask& ask) {
    exchange = resumed(std::move(exchange));
    response = {};
    surface.api.handle(ask.request(), response, exchange);
  }

  Answer response;
  Exchange exchange;
};

Ask login(const std::string& password, const std::string& account = email) {
  return post("/api/auth/login").json(R"({"email":")" + account + R"(","password":")" + password + "\"}");
}

}  // namespace

TEST_CASE("a request that will be refused does not wait for a thread") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  struct Row {
    Ask ask;
    int status;
  };
  const std::vector<Row> rows{
      {post("/api/auth/login").json("{"), 400},
      {post("/api/auth/login").body("x"), 415},
      {post("/api/auth/register").json("[]"), 400},
      {post("/api/auth/password").json("{}"), 401},
      {post("/api/auth/refresh"), 401},
      {post("/api/auth/refresh").cookie(ada.refreshToken).header("Origin", "https://evil.example"), 403},
      {post("/api/auth/logout"), 401},
      {post("/api/sessions/terminate").bearer("forged").json("{}"), 401},
      {get("/api/auth/activity").bearer("forged"), 401},
  };
  for (const Row& row : rows) {
    const Arrived arrived(surface, row.ask);
    INFO(row.ask.request().target << " " << row.status);
    CHECK_FALSE(arrived.waits());
    CHECK(arrived.response.status == row.status);
  }
}

TEST_CASE("a login refused by a limit does not wait, nor does the eleventh while ten are waiting") {
  Surface surface;
  surface.enter(email);
  std::vector<Arrived> waiting;
  for (int i = 0; i < 10; ++i) {
    CAPTURE(i);
    waiting.emplace_back(surface, login("not the password"));
    CHECK(waiting.back().waits());
  }
  const Arrived eleventh(surface, login("not the password"));
  CHECK_FALSE(eleventh.waits());
  CHECK(eleventh.response.status == 429);

  SECTION("a request that never runs releases its reservation") {
    waiting.clear();
    CHECK(Arrived(surface, login("not the password")).waits());
  }
  SECTION("a request that runs is counted once") {
    for (Arrived& one : waiting) {
      one.goOn(surface, login("not the password"));
      CHECK(one.response.status == 401);
    }
    CHECK(surface.send(login(goodPassword)).status() == 429);
    surface.clock.advance(30s);
    CHECK(surface.send(login(goodPassword)).status() == 200);
  }
}

TEST_CASE("a waiting request is charged to the client address, as the limits see it, and to its account") {
  World world;
  world.api.trustedProxies = {"127.0.0.1"};
  Surface surface(std::move(world));
  const Visitor ada = surface.enter(email);
  const auto placeOf = [&](Ask ask, const std::string& from) {
    const Arrived arrived(surface, ask.header("X-Forwarded-For", from), "127.0.0.1");
    REQUIRE(arrived.waits());
    return arrived.exchange.queueing->address + " " + arrived.exchange.queueing->account;
  };
  CHECK(placeOf(login("x", "ADA@Example.org"), "198.51.100.7") == "198.51.100.7 ada@example.org");
  CHECK(placeOf(post("/api/auth/refresh").cookie(ada.refreshToken), "2001:db8:1:2:3::4") ==
        "2001:db8:1:2:: ");
  CHECK(placeOf(get("/api/auth/activity").bearer(ada.accessToken), "10.0.0.1") == "10.0.0.1 " + ada.userId);
  CHECK(Arrived(surface, login("x"), "unix").exchange.queueing->address == "unix");
}

TEST_CASE("a request whose session ends while it waits is refused when it gets its thread") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  const Visitor phone = surface.signIn(email);
  const Ask change =
      post("/api/auth/password")
          .bearer(phone.accessToken)
          .json(R"({"currentPassword":"correct horse battery","newPassword":"another long one"})");
  Arrived arrived(surface, change);
  REQUIRE(arrived.waits());
  surface.send(post("/api/sessions/terminate")
                   .bearer(ada.accessToken)
                   .json(R"({"sessionId":")" + phone.sessionId + "\"}"));
  arrived.goOn(surface, change);
  CHECK(arrived.response.status == 401);
  CHECK(surface.signIn(email).accessToken != "");
}

TEST_CASE("a request that gets its thread after its patience is 503, is not executed, and does not count") {
  Surface surface;
  const Visitor ada = surface.enter(email);
  const auto answerAfter = [&](const Ask& ask, std::chrono::milliseconds waited) {
    Arrived arrived(surface, ask);
    REQUIRE(arrived.waits());
    arrived.exchange.arrival = std::chrono::steady_clock::now() - waited;
    arrived.goOn(surface, ask);
    return arrived.response;
  };
  surface.database.failAll();  // executing it would end in an outage
  for (const Ask& ask : {login("not the password"), post("/api/auth/refresh").cookie(ada.refreshToken)}) {
    for (int i = 0; i < 11; ++i) {
      CAPTURE(i);
      const Answer late = answerAfter(ask, 5001ms);
      CHECK(late.status == 503);
      CHECK(late.body.find("SERVER_BUSY") != std::string::npos);
      CHECK(late.has("Retry-After"));
      CHECK_FALSE(late.has("Set-Cookie"));
    }
    CHECK(answerAfter(ask, 1s).body.find("STORE_UNAVAILABLE") != std::string::npos);
  }
  surface.database.recover();
  CHECK(answerAfter(post("/api/auth/refresh").cookie(ada.refreshToken), 1s).status == 200);
  CHECK(answerAfter(login(goodPassword), 1s).status == 200);
}

}  // namespace glitch_protocol::web
