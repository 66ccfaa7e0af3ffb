// Tests of what clients see when the store fails, and of what never leaves the server.
#include <algorithm>

#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

/// Everything that the database stores about these users, as text.
std::string stateOf(Surface& surface) {
  std::string state;
  surface.memory.read([&](Reader& reader) {
    for (const User& user : reader.users().list("", 100)) {
      state += user.email + user.passwordHash + "\n";
      for (const Session& session : reader.sessions().listLive(user.id, surface.clock.now())) {
        state += session.id.str() + std::to_string(session.expiresAt.time_since_epoch().count()) + "\n";
      }
      state += std::to_string(reader.audit().list(user.id, 100).size()) + "\n";
    }
  });
  return state;
}

}  // namespace

TEST_CASE("when the n-th write fails, every writing route is 503, nothing has changed, and a retry works") {
  struct Row {
    const char* target;
    const char* body;
    int status;
  };
  const auto row = GENERATE(values<Row>({
      {"/api/auth/register", R"({"email":"new@example.org","password":"correct horse battery"})", 201},
      {"/api/auth/login", R"({"email":"ada@example.org","password":"correct horse battery"})", 200},
      {"/api/auth/refresh", "", 200},
      {"/api/auth/logout", "", 200},
      {"/api/auth/password",
       R"({"currentPassword":"correct horse battery","newPassword":"another long one"})", 200},
      {"/api/sessions/terminate", "SESSION", 200},
      {"/api/sessions/terminate-others", "", 200},
  }));
  INFO(row.target);
  // No background writing, so every step belongs to the request.
  World world;
  world.engine.recordingDelay = std::chrono::hours{1};
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const OpenStream stream = surface.listen(phone);
  surface.engine.flushRecords();

  Ask ask = post(row.target);
  const std::string target = row.target;
  const std::string body = std::string(row.body) == "SESSION" ? R"({"sessionId":")" + phone.sessionId + "\"}"
                                                              : std::string(row.body);
  if (!body.empty()) ask.json(body);
  const bool byCookie = target == "/api/auth/refresh";
  byCookie ? ask.cookie(ada.refreshToken) : ask.bearer(ada.accessToken);

  surface.clock.advance(std::chrono::seconds{1});
  const std::string before = stateOf(surface);
  int failures = 0;
  for (std::uint64_t n = 1; n < 100; ++n) {
    CAPTURE(n);
    surface.database.failNthWriteStep(n);
    const Reply reply = surface.send(ask);
    if (reply.status() == row.status) break;
    ++failures;
    CHECK(reply.status() == 503);
    CHECK(reply.code() == "STORE_UNAVAILABLE");
    CHECK(reply.has("Retry-After"));
    CHECK(reply.cookie() == "-");
    CHECK(stateOf(surface) == before);
    CHECK(stream->events() == "CONNECTED SESSIONS_UPDATED");
  }
  CHECK(failures >= 2);
  CHECK(stateOf(surface) != before);
}

TEST_CASE("while nothing can be read, tokens get 503 and never a verdict") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  surface.cache.forgetEverything();
  surface.database.failAll();
  const auto outage = [](const Reply& reply) {
    CHECK(reply.status() == 503);
    CHECK(reply.code() == "STORE_UNAVAILABLE");
    CHECK(reply.has("Retry-After"));
    CHECK_FALSE(reply.has("WWW-Authenticate"));
    CHECK(reply.cookie() == "-");
    CHECK_FALSE(reply.exchange.stream);
  };
  outage(surface.send(get("/api/auth/verify").bearer(ada.accessToken)));
  outage(surface.send(get("/api/auth/me").bearer(ada.accessToken)));
  outage(surface.send(get("/api/events").bearer(ada.accessToken)));
  outage(surface.send(get("/api/events").cookie(ada.refreshToken)));
  outage(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)));
  outage(surface.send(post("/api/auth/logout").cookie(ada.refreshToken)));
  outage(surface.send(post("/api/auth/logout").bearer(ada.accessToken)));
  outage(surface.send(post("/api/auth/login").json(Surface::credentials("ada@example.org"))));
  surface.database.failAll(false);
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200);
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).status() == 200);
}

TEST_CASE("the log never contains a password or a token") {
  World world;
  world.logLevel = LogLevel::debug;
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  std::vector<std::string> canaries{goodPassword, "canary-wrong", "canary-new-one", ada.accessToken,
                                    ada.refreshToken};
  const auto login = [&](const std::string& password) {
    surface.send(
        post("/api/auth/login").json(R"({"email":"ada@example.org","password":")" + password + "\"}"));
  };
  login("canary-wrong");
  surface.send(post("/api/auth/login").json(R"({"email":"canary-wrong","password":"canary-wrong")"));
  surface.send(post("/api/auth/password")
                   .bearer(ada.accessToken)
                   .json(R"({"currentPassword":"canary-wrong","newPassword":"canary-new-one"})"));
  const Reply changed = surface.send(
      post("/api/auth/password")
          .bearer(ada.accessToken)
          .json(R"({"currentPassword":"correct horse battery","newPassword":"canary-new-one"})"));
  canaries.push_back(changed.at("data.accessToken"));
  canaries.push_back(changed.cookie());
  surface.send(get("/api/auth/me?access_token=" + ada.accessToken));
  surface.send(get("/api/auth/me").bearer(ada.accessToken + "x"));
  const Reply renewed = surface.send(post("/api/auth/refresh").cookie(changed.cookie()));
  canaries.push_back(renewed.cookie());
  surface.send(post("/api/auth/refresh").cookie(changed.cookie()));
  surface.database.failAll();
  login(goodPassword);
  CHECK(std::ranges::count(surface.logged, '\n') > 10);
  for (const std::string& canary : canaries) {
    CAPTURE(canary);
    CHECK(surface.logged.find(canary) == std::string::npos);
  }
}

TEST_CASE("each security event is logged in one line with the request id and the address") {
  Surface surface;
  // Repeats at shorter intervals share a line.
  const auto send = [&](const Ask& ask) {
    surface.clock.advance(LogRepeats::interval);
    return surface.send(ask);
  };
  const Visitor ada = surface.enter("ada@example.org");
  surface.signIn("ada@example.org");
  send(post("/api/auth/login").json(R"({"email":"ada@example.org","password":"wrong horse"})"));
  send(post("/api/auth/refresh").cookie("forged"));
  send(post("/api/auth/refresh").cookie("forged").header("Origin", "https://evil.example"));
  const Visitor phone = surface.signIn("ada@example.org");
  const std::string next = send(post("/api/auth/refresh").cookie(phone.refreshToken)).cookie();
  send(post("/api/sessions/terminate")
           .bearer(ada.accessToken)
           .json(R"({"sessionId":")" + phone.sessionId + "\"}"));
  send(post("/api/auth/refresh").cookie(next));
  send(post("/api/auth/password")
           .bearer(ada.accessToken)
           .json(R"({"currentPassword":"wrong horse","newPassword":"another fine phrase"})"));
  const std::string renewed =
      send(post("/api/auth/password")
               .bearer(ada.accessToken)
               .json(R"({"currentPassword":"correct horse battery","newPassword":"another fine phrase"})"))
          .at("data.accessToken");
  send(post("/api/sessions/terminate-others").bearer(renewed));
  send(post("/api/auth/logout").bearer(renewed));
  std::string events;
  std::string_view rest = surface.logged;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const auto word = line.substr(line.find("info ") + 5);
    events.append(word.substr(0, word.find(' '))).append(" ");
    CHECK(line.find("request_id=0123456789abcdef") != std::string_view::npos);
    CHECK(line.find("ip=203.0.113.7") != std::string_view::npos);
  }
  CHECK(events ==
        "registered login_succeeded login_failed refresh_refused origin_refused login_succeeded "
        "session_terminated refresh_refused password_change_refused password_changed "
        "other_sessions_terminated logged_out ");
  CHECK(surface.logged.find(R"(refresh_refused code=TOKEN_INVALID cause="session has ended")") !=
        std::string::npos);
  CHECK(surface.logged.find(
            R"(password_change_refused code=VALIDATION_FAILED cause="currentPassword WRONG_PASSWORD")") !=
        std::string::npos);
}

}  // namespace glitch_protocol::web
