// Tests of the routes that take a bearer token: who is calling, and what callers can see and change.
#include "tests/support/api_fixture.h"
#include "web/http/answer.h"

namespace glitch_protocol::web {

TEST_CASE("every bearer route refuses every invalid access token in the same way") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  struct Row {
    const char* method;
    const char* target;
    const char* body;
  };
  const auto row = GENERATE(values<Row>({
      {"GET", "/api/auth/me", ""},
      {"GET", "/api/auth/verify", ""},
      {"HEAD", "/api/auth/verify", ""},
      {"POST", "/api/auth/password", R"({"currentPassword":"a","newPassword":"b"})"},
      {"GET", "/api/sessions", ""},
      {"POST", "/api/sessions/terminate", R"({"sessionId":"x"})"},
      {"POST", "/api/sessions/terminate-others", ""},
      {"GET", "/api/events", ""},
      {"GET", "/api/auth/activity", ""},
  }));
  const auto ask = [&](const std::string& query = "") {
    Ask request(row.method, row.target + query);
    if (*row.body != '\0') request.json(row.body);
    return request;
  };
  const auto refused = [&](const Ask& request, const char* code, const char* challenge) {
    const Reply reply = surface.send(request);
    CHECK(reply.status() == 401);
    CHECK(reply.code() == code);
    CHECK(reply.header("WWW-Authenticate") == challenge);
    CHECK_FALSE(reply.exchange.stream);
  };
  const char* const invalid = "Bearer error=\"invalid_token\"";
  INFO(row.target);

  refused(ask(), "TOKEN_MISSING", "Bearer");
  refused(ask("?access_token=" + ada.accessToken), "TOKEN_MISSING", "Bearer");
  refused(ask().header("Authorization", "Basic YTpi"), "TOKEN_MISSING", "Bearer");
  refused(ask().bearer("nonsense"), "TOKEN_INVALID", invalid);
  refused(ask().bearer(ada.refreshToken), "TOKEN_INVALID", invalid);
  refused(ask().bearer(ada.accessToken + "x"), "TOKEN_INVALID", invalid);
  CHECK(surface.send(ask().bearer(ada.accessToken).bearer(ada.accessToken)).status() == 400);

  surface.send(post("/api/auth/logout").bearer(ada.accessToken));
  refused(ask().bearer(ada.accessToken), "SESSION_TERMINATED", invalid);
  surface.clock.advance(std::chrono::minutes{16});
  refused(ask().bearer(ada.accessToken), "TOKEN_EXPIRED", invalid);
}

TEST_CASE("with a warm cache, an access token is refused at once after each way of ending its session") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  CHECK(surface.send(get("/api/auth/verify").bearer(phone.accessToken)).status() == 200);
  const auto* reason =
      GENERATE("terminated", "terminated_others", "password_changed", "user_disabled", "user_deleted");
  const std::string way = reason;
  const OpenStream stream = surface.listen(phone);

  if (way == "terminated") {
    surface.send(post("/api/sessions/terminate")
                     .bearer(ada.accessToken)
                     .json(R"({"sessionId":")" + phone.sessionId + "\"}"));
  } else if (way == "terminated_others") {
    const Reply reply = surface.send(post("/api/sessions/terminate-others").bearer(ada.accessToken));
    CHECK(reply.at("data.terminated") == "1");
  } else if (way == "password_changed") {
    const Reply reply = surface.send(
        post("/api/auth/password")
            .bearer(ada.accessToken)
            .json(R"({"currentPassword":"correct horse battery","newPassword":"another long one"})"));
    CHECK(reply.status() == 200);
  } else if (way == "user_disabled") {
    surface.accounts.disableUser(UserId{ada.userId});
  } else {
    surface.accounts.deleteUser(UserId{ada.userId});
  }
  CHECK(surface.send(get("/api/auth/verify").bearer(phone.accessToken)).status() == 401);
  CHECK(surface.send(post("/api/auth/refresh").cookie(phone.refreshToken)).code() == "TOKEN_INVALID");
  CHECK(stream->finished());
  CHECK(stream->lastData().get("reason").get<std::string>() == reason);
  // The caller of a password change gets new tokens; see the tests further down.
  const bool othersLive = way.starts_with("terminated");
  CHECK((surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200) == othersLive);
}

TEST_CASE("me returns the user and the current session") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  surface.signIn("ada@example.org");
  const Reply reply = surface.send(get("/api/auth/me").bearer(ada.accessToken));
  CHECK(reply.status() == 200);
  CHECK(reply.at("data.user.id") == ada.userId);
  CHECK(reply.at("data.user.email") == "ada@example.org");
  CHECK(reply.at("data.user.name") == "null");
  CHECK(reply.at("data.session.id") == ada.sessionId);
  CHECK(reply.at("data.session.current") == "true");
  CHECK(reply.body().find("$2b$") == std::string::npos);
}

TEST_CASE("verify returns the user in header fields") {
  Surface surface;
  const Reply entered = surface.send(
      post("/api/auth/register")
          .json(
              R"({"email":"zoe@example.org","password":"correct horse battery","name":"Zo\u00eb \u0085100%0d"})"));
  const std::string method = GENERATE("GET", "HEAD");
  const Reply reply = surface.send(Ask(method, "/api/auth/verify?ignored=1")
                                       .header("Authorization", "bEARER  " + entered.at("data.accessToken")));
  CHECK(reply.status() == 200);
  CHECK(reply.body() == R"({"success":true,"data":{}})");
  CHECK(reply.header("Remote-User") == "zoe@example.org");
  CHECK(reply.header("Remote-Email") == "zoe@example.org");
  CHECK(reply.header("Remote-Sub") == entered.at("data.user.id"));
  CHECK(reply.header("Remote-Name") == "Zo\xC3\xAB 100%0d");
  CHECK(reply.header("X-Session-Id") == entered.list("data.sessions")[0].get("id").get<std::string>());
}

TEST_CASE("a header field whose value contains control characters is omitted") {
  Answer response;
  response.add("Remote-Sub", "ada\r\nSet-Cookie: a=b");
  response.add("Remote-User", std::string("ada\0", 4));
  CHECK(response.lines().empty());
  response.add("Remote-User", "Zo\xC3\xAB");
  CHECK(response.value("remote-user") == "Zo\xC3\xAB");
}

TEST_CASE("verify sends the e-mail as Remote-Name when the name has no character that can be sent") {
  Surface surface;
  surface.enter("ada@example.org");
  const auto name = GENERATE(
      values<std::optional<std::string>>({std::nullopt, "", "  ", "\r\n\t", "\xC2\x85", "\xFF\xFE"}));
  surface.memory.write([&](Writer& writer) {
    User user = *writer.users().findByEmail("ada@example.org");
    user.name = name;
    writer.users().update(user);
  });
  const Visitor ada = surface.signIn("ada@example.org");
  const Reply reply = surface.send(get("/api/auth/verify").bearer(ada.accessToken));
  CHECK(reply.status() == 200);
  CHECK(reply.header("Remote-Name") == "ada@example.org");
}

TEST_CASE("with a warm cache, verify does not read the database and records activity once a minute") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  surface.send(get("/api/auth/verify").bearer(ada.accessToken));
  surface.engine.flushRecords();
  surface.database.resetCounters();
  for (int i = 0; i < 10; ++i) surface.send(get("/api/auth/verify").bearer(ada.accessToken));
  CHECK(surface.database.reads() == 0);
  CHECK(surface.database.writes() == 0);

  surface.clock.advance(std::chrono::seconds{61});
  surface.send(get("/api/auth/verify").bearer(ada.accessToken));
  const Reply list = surface.send(get("/api/sessions").bearer(ada.accessToken));
  CHECK(list.list("data.sessions")[0].get("lastActivity").get<std::string>() == "2026-01-01T00:01:01.000Z");
}

TEST_CASE(
    "the list of sessions contains only those of the user, newest activity first, and marks the current "
    "one") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  surface.clock.advance(std::chrono::seconds{1});
  const Visitor phone = surface.signIn("ada@example.org");
  surface.enter("bob@example.org");

  const Reply reply = surface.send(get("/api/sessions").bearer(phone.accessToken));
  REQUIRE(reply.list("data.sessions").size() == 2);
  CHECK(reply.list("data.sessions")[0].get("id").get<std::string>() == phone.sessionId);
  CHECK(reply.list("data.sessions")[0].get("current").get<bool>());
  CHECK(reply.list("data.sessions")[1].get("id").get<std::string>() == ada.sessionId);
  CHECK_FALSE(reply.list("data.sessions")[1].get("current").get<bool>());
}

TEST_CASE("the session of another user, an unknown one and an ended one all give 404 and change nothing") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor ended = surface.signIn("ada@example.org");
  const Visitor bob = surface.enter("bob@example.org");
  const OpenStream bobsStream = surface.listen(bob);
  surface.send(post("/api/auth/logout").bearer(ended.accessToken));
  const auto terminate = [&](const std::string& id) {
    return surface.send(
        post("/api/sessions/terminate").bearer(ada.accessToken).json(R"({"sessionId":")" + id + "\"}"));
  };
  const Reply unknown = terminate("unknown");
  CHECK(unknown.status() == 404);
  CHECK(unknown.code() == "SESSION_NOT_FOUND");
  for (const Reply& other : {terminate(bob.sessionId), terminate(ended.sessionId), terminate(""),
                             terminate(std::string(129, 'x')), terminate(std::string(10'000, 'x'))}) {
    CHECK(other.status() == 404);
    CHECK(other.body() == unknown.body());
  }
  CHECK(surface.send(get("/api/auth/verify").bearer(bob.accessToken)).status() == 200);
  CHECK(bobsStream->events() == "CONNECTED SESSIONS_UPDATED");
}

TEST_CASE("the current session can be terminated") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const std::string body = R"({"sessionId":")" + ada.sessionId + "\"}";
  CHECK(surface.send(post("/api/sessions/terminate").bearer(ada.accessToken).json(body)).status() == 200);
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).code() == "SESSION_TERMINATED");
}

TEST_CASE("a wrong current password is 422 and ends no session") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const Reply reply =
      surface.send(post("/api/auth/password")
                       .bearer(ada.accessToken)
                       .json(R"({"currentPassword":"wrong horse","newPassword":"another long one"})"));
  CHECK(reply.status() == 422);
  CHECK(reply.code() == "VALIDATION_FAILED");
  CHECK(reply.list("fields")[0].get("field").get<std::string>() == "currentPassword");
  CHECK(reply.list("fields")[0].get("code").get<std::string>() == "WRONG_PASSWORD");
  CHECK(surface.send(get("/api/auth/verify").bearer(phone.accessToken)).status() == 200);
  CHECK(surface.logged.find("password_change_refused") != std::string::npos);
}

TEST_CASE("an unchanged password is 422, but only if the current password was correct") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const auto change = [&](const std::string& current, const std::string& wanted) {
    const Reply reply = surface.send(
        post("/api/auth/password")
            .bearer(ada.accessToken)
            .json(R"({"currentPassword":")" + current + R"(","newPassword":")" + wanted + "\"}"));
    CHECK(reply.status() == 422);
    CHECK(reply.cookie() == "-");
    const picojson::value& error = reply.list("fields")[0];
    return error.get("field").get<std::string>() + " " + error.get("code").get<std::string>();
  };
  CHECK(change(goodPassword, goodPassword) == "newPassword SAME_PASSWORD");
  CHECK(change("wrong horse", "wrong horse") == "currentPassword WRONG_PASSWORD");
  CHECK(change("wrong horse", goodPassword) == "currentPassword WRONG_PASSWORD");
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200);
}

TEST_CASE(
    "a password change replaces the tokens of its session as a refresh does, and its stream stays open") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const OpenStream stream = surface.listen(ada);
  const bool inBody = GENERATE(false, true);
  const std::string delivery = inBody ? R"(,"delivery":"body")" : "";
  const Reply reply = surface.send(
      post("/api/auth/password")
          .bearer(ada.accessToken)
          .json(R"({"currentPassword":"correct horse battery","newPassword":"another long one")" + delivery +
                "}"));
  CHECK(reply.status() == 200);
  CHECK(reply.at("data.expiresIn") == "900");
  CHECK((reply.at("data.refreshToken") != "-") == inBody);
  CHECK((reply.cookie() == "-") == inBody);
  const std::string refreshToken = inBody ? reply.at("data.refreshToken") : reply.cookie();

  const Reply dead = surface.send(get("/api/auth/verify").bearer(ada.accessToken));
  CHECK(dead.status() == 401);
  CHECK(dead.code() == "TOKEN_INVALID");
  CHECK(surface.send(post("/api/auth/logout").bearer(ada.accessToken)).code() == "TOKEN_INVALID");
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).code() == "TOKEN_INVALID");
  CHECK(surface.send(get("/api/events").cookie(ada.refreshToken)).code() == "TOKEN_INVALID");
  CHECK_FALSE(stream->finished());
  CHECK(surface.send(get("/api/auth/verify").bearer(reply.at("data.accessToken"))).status() == 200);
  CHECK(surface.send(post("/api/auth/refresh").cookie(refreshToken)).status() == 200);
}

TEST_CASE("a password change refuses any delivery other than cookie and body") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Reply reply =
      surface.send(post("/api/auth/password")
                       .bearer(ada.accessToken)
                       .json(R"({"currentPassword":"correct horse battery","newPassword":"another long one",)"
                             R"("delivery":"header"})"));
  CHECK(reply.status() == 422);
  CHECK(surface.send(post("/api/auth/login").json(Surface::credentials("ada@example.org"))).status() == 200);
}

TEST_CASE("after a change, the old password fails and the new one works") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Reply changed = surface.send(
      post("/api/auth/password")
          .bearer(ada.accessToken)
          .json(R"({"currentPassword":"correct horse battery","newPassword":"another long one"})"));
  const auto login = [&](const std::string& password) {
    return surface.send(
        post("/api/auth/login").json(R"({"email":"ada@example.org","password":")" + password + "\"}"));
  };
  CHECK(login(goodPassword).status() == 401);
  CHECK(login("another long one").status() == 200);
  CHECK(surface.send(get("/api/auth/verify").bearer(changed.at("data.accessToken"))).status() == 200);
}

TEST_CASE("the activity is the history of the user, newest first, with device labels") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  surface.clock.advance(std::chrono::seconds{1});
  surface.send(post("/api/auth/login").json(R"({"email":"ada@example.org","password":"wrong horse"})"));
  surface.enter("bob@example.org");
  const Reply reply = surface.send(get("/api/auth/activity").bearer(ada.accessToken));
  CHECK(reply.status() == 200);
  REQUIRE(reply.list("data.events").size() == 2);
  const auto& newest = reply.list("data.events")[0];
  CHECK(newest.get("event").get<std::string>() == "LOGIN_FAILED");
  CHECK(newest.get("time").get<std::string>() == "2026-01-01T00:00:01.000Z");
  CHECK(newest.get("ipAddress").get<std::string>() == "203.0.113.7");
  CHECK(newest.get("device").get<std::string>() == "Firefox on Linux");
  CHECK(newest.get<picojson::object>().size() == 5);
  CHECK(reply.list("data.events")[1].get("event").get<std::string>() == "REGISTERED");
}

TEST_CASE("the activity has the last 50 events, with user agents of at most 512 bytes") {
  World world;
  world.api.rateLimits = RateLimits::off();
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  Ask wrong("POST", "/api/auth/login");
  wrong.json(R"({"email":"ada@example.org","password":"wrong horse"})");
  wrong.onlyHeader("User-Agent", std::string(511, 'x') + "\u00e4" + std::string(2000, 'x'));
  for (int i = 0; i < 60; ++i) {
    Answer response;
    Exchange exchange;
    answerAtOnce(surface.api, wrong.request(), response, exchange);
  }
  const Reply reply = surface.send(get("/api/auth/activity").bearer(ada.accessToken));
  REQUIRE(reply.list("data.events").size() == 50);
  for (const auto& event : reply.list("data.events"))
    CHECK(event.get("userAgent").get<std::string>() == std::string(511, 'x'));
}

TEST_CASE("sessions store the client address reported by trusted proxies") {
  World world;
  world.api.trustedProxies = {"10.0.0.0/8"};
  Surface surface(std::move(world));
  surface.enter("ada@example.org");
  const auto seen = [&](const std::string& peer) {
    const Reply reply = surface.send(post("/api/auth/login")
                                         .header("X-Forwarded-For", "198.51.100.9")
                                         .json(Surface::credentials("ada@example.org")),
                                     peer);
    const Reply me = surface.send(get("/api/auth/me").bearer(reply.at("data.accessToken")));
    return me.at("data.session.ipAddress");
  };
  CHECK(seen("10.0.0.1") == "198.51.100.9");
  CHECK(seen("203.0.113.1") == "203.0.113.1");
}

}  // namespace glitch_protocol::web
