// Tests of POST /api/auth/register and /api/auth/login.
#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

std::string fieldCodes(const Reply& reply) {
  std::string codes;
  for (const auto& entry : reply.list("fields")) {
    const auto& field = entry.get<picojson::object>();
    codes += (codes.empty() ? "" : " ") + field.at("field").get<std::string>() + ":" +
             field.at("code").get<std::string>();
  }
  return codes;
}

}  // namespace

TEST_CASE("registration answers 201 with tokens, the user and its only session, and sets the cookie") {
  Surface surface;
  const Reply reply = surface.send(
      post("/api/auth/register")
          .json(
              R"({"email":"Ada@Example.ORG","password":"correct horse battery","name":"Ada","colour":"red"})"));

  CHECK(reply.status() == 201);
  CHECK(reply.at("success") == "true");
  CHECK(reply.at("data.user.email") == "ada@example.org");
  CHECK(reply.at("data.user.name") == "Ada");
  CHECK(reply.at("data.user.createdAt") == "2026-01-01T00:00:00.000Z");
  CHECK(reply.at("data.expiresIn") == "900");
  CHECK(reply.at("data.refreshToken") == "-");
  REQUIRE(reply.list("data.sessions").size() == 1);
  const auto& session = reply.list("data.sessions")[0];
  CHECK(session.get("device").get<std::string>() == "Firefox on Linux");
  CHECK(session.get("ipAddress").get<std::string>() == "203.0.113.7");
  CHECK(session.get("current").get<bool>());
  CHECK(session.get<picojson::object>().size() == 8);
  CHECK(reply.header("Set-Cookie") ==
        "refreshToken=" + reply.cookie() + "; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000");
  CHECK(surface.send(get("/api/auth/verify").bearer(reply.at("data.accessToken"))).status() == 200);
}

// The other common fields are added by the owner of the connection: see requests_test.cpp and mount_test.cpp.
TEST_CASE("every answer has the JSON Content-Type and no Server field") {
  Surface surface;
  const auto target = GENERATE("/api/auth/login", "/api/auth/refresh", "/nowhere", "/healthz");
  const Reply reply = surface.send(post(target));
  CHECK(reply.header("Content-Type") == "application/json; charset=utf-8");
  CHECK_FALSE(reply.has("Server"));
}

TEST_CASE("login answers 200 with a new session, whatever cookie the request carries") {
  Surface surface;
  const Visitor before = surface.enter("ada@example.org");
  const auto held = GENERATE(as<std::string>{}, "forged", "");
  const std::string cookie = held.empty() ? before.refreshToken : held;

  const Reply reply =
      surface.send(post("/api/auth/login")
                       .cookie(cookie)
                       .header("Origin", "https://evil.example")
                       .json(R"({"email":"ADA@example.org","password":"correct horse battery"})"));
  CHECK(reply.status() == 200);
  CHECK(reply.cookie().size() > 40);
  CHECK(reply.cookie() != cookie);
  CHECK(reply.list("data.sessions").size() == 2);
  CHECK(surface.send(post("/api/auth/refresh").cookie("forged")).code() == "TOKEN_INVALID");
  CHECK(surface.send(post("/api/auth/refresh").cookie(reply.cookie())).status() == 200);
}

TEST_CASE("delivery body returns the refresh token in the data and sets no cookie") {
  Surface surface;
  surface.enter("ada@example.org");
  const Reply reply = surface.send(post("/api/auth/login").json(Surface::credentials("ada@example.org")));
  CHECK(reply.at("data.refreshToken").size() > 40);
  CHECK(reply.cookie() == "-");
}

TEST_CASE(
    "without cookie_secure the cookie lacks Secure and is otherwise the same, under the configured name") {
  World world;
  world.api.cookieSecurity = CookieSecurity::insecure;
  world.api.cookieName = "session";
  Surface surface(std::move(world));
  const Reply reply = surface.send(
      post("/api/auth/register").json(R"({"email":"ada@example.org","password":"correct horse battery"})"));
  CHECK(reply.header("Set-Cookie") ==
        "session=" + reply.cookie() + "; Path=/api; HttpOnly; SameSite=Strict; Max-Age=2592000");
}

TEST_CASE("unknown user, wrong password and disabled user get byte-identical answers") {
  Surface surface;
  surface.enter("ada@example.org");
  const Visitor gone = surface.enter("gone@example.org");
  surface.accounts.disableUser(UserId{gone.userId});
  const auto login = [&](const std::string& email, const std::string& password) {
    surface.clock.advance(LogRepeats::interval);  // so that each gets its own line
    return surface.send(
        post("/api/auth/login").json(R"({"email":")" + email + R"(","password":")" + password + "\"}"));
  };

  const Reply unknown = login("nobody@example.org", goodPassword);
  CHECK(unknown.status() == 401);
  CHECK(unknown.code() == "INVALID_CREDENTIALS");
  CHECK_FALSE(unknown.has("WWW-Authenticate"));
  for (const Reply& other : {login("ada@example.org", "wrong password"),
                             login("gone@example.org", goodPassword), login("not an address", goodPassword),
                             login("ada@example.org", ""), login("ada@example.org", std::string(600, 'x'))}) {
    CHECK(other.status() == unknown.status());
    CHECK(other.body() == unknown.body());
    CHECK(other.response.lines() == unknown.response.lines());
  }
  CHECK(surface.logged.find("login_failed code=INVALID_CREDENTIALS cause=\"unknown user\"") !=
        std::string::npos);
  CHECK(surface.logged.find("cause=disabled") != std::string::npos);
}

TEST_CASE("missing fields, wrong types and invalid values are all listed") {
  Surface surface;
  struct Row {
    const char* target;
    const char* body;
    const char* fields;
  };
  const auto row = GENERATE(values<Row>({
      {"login", R"({})", "email:REQUIRED password:REQUIRED"},
      {"login", R"({"email":null,"password":1})", "email:WRONG_TYPE password:WRONG_TYPE"},
      {"login", R"({"email":[],"password":{}})", "email:WRONG_TYPE password:WRONG_TYPE"},
      {"login", R"({"email":true,"password":1.5})", "email:WRONG_TYPE password:WRONG_TYPE"},
      {"login", R"({"email":"a\u0000@b.org","password":"abc\u0000def"})",
       "email:NUL_CHARACTER password:NUL_CHARACTER"},
      {"login", R"({"email":"a@b.org","password":"x","delivery":"post"})", "delivery:NOT_ALLOWED"},
      {"login", R"({"email":"a@b.org","password":"x","delivery":7})", "delivery:WRONG_TYPE"},
      {"register", R"({"name":"Ada"})", "email:REQUIRED password:REQUIRED"},
      {"register", R"({"email":"a@b.org","password":"correct horse","name":{}})", "name:WRONG_TYPE"},
      {"register", R"({"email":"nonsense","password":"short"})", "email:NOT_AN_EMAIL password:TOO_SHORT"},
      {"register", R"({"email":"a@b.org","password":"password"})", "password:TOO_COMMON"},
      {"register", R"({"email":"a@b.org","password":"abcdefgh\u0000"})", "password:NUL_CHARACTER"},
  }));
  const Reply reply = surface.send(post(std::string("/api/auth/") + row.target).json(row.body));
  INFO(row.body);
  CHECK(reply.status() == 422);
  CHECK(reply.code() == "VALIDATION_FAILED");
  CHECK(fieldCodes(reply) == row.fields);
  CHECK(reply.cookie() == "-");
}

TEST_CASE("the uniqueness of an e-mail address ignores case") {
  Surface surface;
  surface.enter("ada@example.org");
  const Reply reply = surface.send(post("/api/auth/register").json(Surface::credentials("ADA@example.org")));
  CHECK(reply.status() == 409);
  CHECK(reply.code() == "EMAIL_TAKEN");
}

TEST_CASE("with registration closed, registering is 403 and creates no user") {
  World world;
  world.accounts.registration = Registration::closed;
  Surface surface(std::move(world));
  const Reply reply = surface.send(post("/api/auth/register").json(Surface::credentials("ada@example.org")));
  CHECK(reply.status() == 403);
  CHECK(reply.code() == "REGISTRATION_CLOSED");
  CHECK(surface.database.writes() == 0);
}

TEST_CASE("a sign-in whose session list cannot be read still succeeds and returns its own session") {
  Surface surface;
  surface.enter("ada@example.org");
  // The list is read after the commit, in the second read of a login.
  struct FailsLater : SocketBroadcaster {
    explicit FailsLater(Surface& server) : surface(server) {}
    void emitToUser(const UserId&, const SessionEvent&) override { surface.database.failReads(); }
    void emitToSocket(const SocketId&, const SessionEvent&) override {}
    Surface& surface;
  } broadcaster(surface);
  EngineConfig config;
  config.jwtSecret = Secret("0123456789abcdef-0123456789abcdef-secret");
  config.hooks.hashingStrength = HashingStrength::forTests;
  config.bcryptRounds = 4;
  Engine engine(surface.database, noopCache(), broadcaster, config, surface.clock, surface.random);
  Accounts accounts(engine, {});
  Log log(LogLevel::error, LogFormat::text, std::chrono::system_clock::now, [](std::string_view) {});
  ApiHandler api(engine, accounts, surface.hub, {}, log, {});

  const Ask ask = post("/api/auth/login").json(Surface::credentials("ada@example.org"));
  Reply reply;
  answerAtOnce(api, ask.request(), reply.response, reply.exchange);
  picojson::parse(reply.json, reply.body());
  CHECK(reply.status() == 200);
  CHECK(reply.list("data.sessions").size() == 1);
}

TEST_CASE("a user agent that is not UTF-8 is returned as valid JSON") {
  Surface surface;
  surface.enter("ada@example.org");
  surface.clock.advance(std::chrono::seconds(1));  // the newest activity comes first
  Ask ask("POST", "/api/auth/login");
  ask.json(Surface::credentials("ada@example.org")).onlyHeader("User-Agent", "\xFF\"\x1B[31m\xC3");
  Reply reply;
  answerAtOnce(surface.api, ask.request(), reply.response, reply.exchange);
  CHECK(picojson::parse(reply.json, reply.body()).empty());
  CHECK(reply.list("data.sessions")[0].get("userAgent").get<std::string>() ==
        "\xEF\xBF\xBD\"\x1B[31m\xEF\xBF\xBD");
  CHECK(reply.list("data.sessions")[0].get("device").get<std::string>() == "Unknown device");
}

}  // namespace glitch_protocol::web
