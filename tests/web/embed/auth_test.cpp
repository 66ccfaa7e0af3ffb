// Tests of the facade, over real sockets: mounted into a host's server, and on its own.
#include "web/embed/auth.h"

#include <httplib.h>
#include <picojson.h>

#include <future>
#include <thread>

#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_auth {

namespace {

using glitch_protocol::eventually;
using glitch_protocol::web::testing::RawClient;
using glitch_protocol::web::testing::TemporaryDirectory;

constexpr const char* jsonType = "application/json";
constexpr const char* ada =
    R"({"email":"ada@example.org","password":"correct horse battery","name":"Ada","delivery":"body"})";

AuthOptions testOptions() {
  AuthOptions options{.database = ":memory:",
                      .jwtSecret = Secret("0123456789abcdef-0123456789abcdef-secret")};
  options.engine.bcryptRounds = 4;
  options.engine.hooks.hashingStrength = glitch_protocol::HashingStrength::forTests;
  options.log = [](std::string_view) {};
  return options;
}

std::string memberOf(const std::string& body, const std::string& name) {
  picojson::value json;
  if (!picojson::parse(json, body).empty()) return "-";
  const picojson::value& inside = json.contains("data") ? json.get("data") : json;
  return inside.contains(name) ? inside.get(name).to_str() : "-";
}

httplib::Headers bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

const auto greet = [](const Identity& who, const auto&, auto& response) {
  const std::string text = who.email + " " + who.name.value_or("-");
  if constexpr (requires { response.setBody(text); }) {
    response.setBody(text);
  } else {
    response.set_content(text, "text/plain");
  }
};

/// A host's server with a route of its own and the mounted ones. *One thread at a time.*
class Host {
 public:
  explicit Host(Auth& auth, const RouteOptions& options = {}) : routes_(auth.mount(server_, options)) {
    server_.Get("/notes", auth.signedIn(greet));
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    REQUIRE(eventually([this] { return server_.is_running(); }));
  }
  ~Host() {
    routes_.stop();
    thread_.join();
  }

  httplib::Client client() const { return httplib::Client("127.0.0.1", port_); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  httplib::Server server_;
  MountedRoutes routes_;
  int port_ = 0;
  std::thread thread_;
};

std::string registerAda(httplib::Client& client, const std::string& path = "/api/auth/register") {
  const auto entered = client.Post(path.c_str(), ada, jsonType);
  REQUIRE(entered);
  REQUIRE(entered->status == 201);
  return memberOf(entered->body, "accessToken");
}

}  // namespace

TEST_CASE("a route of the host behind signedIn() answers those who are signed in and nobody else") {
  Auth auth(testOptions());
  Host host(auth);
  auto client = host.client();
  const std::string token = registerAda(client);

  const auto seen = client.Get("/notes", bearer(token));
  CHECK(seen->status == 200);
  CHECK(seen->body == "ada@example.org Ada");

  const auto missing = client.Get("/notes");
  CHECK(missing->status == 401);
  CHECK(memberOf(missing->body, "code") == "TOKEN_MISSING");
  CHECK(missing->has_header("WWW-Authenticate"));
  CHECK(missing->get_header_value("X-Request-Id").size() == 16);
  CHECK(memberOf(client.Get("/notes", bearer("rubbish"))->body, "code") == "TOKEN_INVALID");
  const httplib::Headers twice{{"Authorization", "Bearer " + token}, {"Authorization", "Bearer " + token}};
  CHECK(client.Get("/notes", twice)->status == 400);

  CHECK(client.Post("/api/auth/logout", bearer(token), "", jsonType)->status == 200);
  CHECK(memberOf(client.Get("/notes", bearer(token))->body, "code") == "SESSION_TERMINATED");
}

TEST_CASE("identify() tells whose token it is, and nothing for a token that is not accepted") {
  Auth auth(testOptions());
  const auto signIn = auth.accounts().registerUser({"ada@example.org", "correct horse battery", "Ada"},
                                                   {"203.0.113.7", "test"});
  const auto who = auth.identify(signIn.tokens.accessToken);
  REQUIRE(who);
  CHECK(who->userId == signIn.user.id);
  CHECK(who->sessionId == signIn.session.id);
  CHECK(who->email == "ada@example.org");
  CHECK(who->name == "Ada");

  httplib::Request request;
  CHECK_FALSE(auth.identify(request));
  request.headers.emplace("Authorization", "Bearer " + signIn.tokens.accessToken);
  CHECK(auth.identify(request)->userId == signIn.user.id);

  CHECK_FALSE(auth.identify(""));
  CHECK_FALSE(auth.identify(signIn.tokens.refreshToken));
  auth.accounts().disableUser(signIn.user.id);
  CHECK_FALSE(auth.identify(signIn.tokens.accessToken));
}

TEST_CASE("prefix, cookie path, registration and the groups of routes are the host's choice") {
  Auth auth(testOptions());
  RouteOptions options;
  options.prefix = "/my.app/login";
  options.cookiePath = "/my.app";
  options.registration = closed;
  options.routes = {.sessions = false, .events = false, .openApi = false, .health = false};
  Host host(auth, options);
  auto client = host.client();
  auth.accounts().addUser({"ada@example.org", "correct horse battery", "Ada"});

  const auto signedIn =
      client.Post("/my.app/login/auth/login",
                  R"({"email":"ada@example.org","password":"correct horse battery"})", jsonType);
  REQUIRE(signedIn);
  REQUIRE(signedIn->status == 200);
  std::string refresh;
  std::string device;
  const auto [first, last] = signedIn->headers.equal_range("Set-Cookie");
  for (auto field = first; field != last; ++field)
    (field->second.starts_with("device=") ? device : refresh) = field->second;
  CHECK(refresh.find("; Path=/my.app;") != std::string::npos);
  CHECK(device.find("; Path=/my.app/login/auth/login;") != std::string::npos);

  CHECK(memberOf(client.Post("/my.app/login/auth/register", ada, jsonType)->body, "code") ==
        "REGISTRATION_CLOSED");
  const std::string token = memberOf(signedIn->body, "accessToken");
  CHECK(client.Get("/my.app/login/auth/me", bearer(token))->status == 200);
  for (const char* absent : {"/api/auth/me", "/my.app/login/sessions", "/my.app/login/events", "/healthz",
                             "/my-app/login/auth/me", "/my.app/login/openapi.json"}) {
    INFO(absent);
    CHECK(client.Get(absent, bearer(token))->status == 404);
  }
}

TEST_CASE("options that make no sense are refused with the name of the option") {
  Auth auth(testOptions());
  const auto refusal = [&](const RouteOptions& options) -> std::string {
    try {
      static_cast<void>(auth.serve("127.0.0.1:0", {}, options));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  CHECK(refusal({.prefix = "/api"}) == "");
  CHECK(refusal({.prefix = ""}) == "");
  for (const char* prefix : {"api", "/", "/api/", "/a//b", "/a b", "/ä"}) {
    INFO(prefix);
    CHECK(refusal({.prefix = prefix}).starts_with("prefix: "));
  }
  CHECK(refusal({.prefix = "/api/v1", .cookiePath = "/api"}) == "");
  CHECK(refusal({.prefix = "/api", .cookiePath = "/"}) == "");
  CHECK(refusal({.prefix = "/apis", .cookiePath = "/api"}).starts_with("cookie_path: "));
  CHECK(refusal({.cookiePath = "/api/"}).starts_with("cookie_path: "));
  CHECK(refusal({.trustedProxies = {"nobody"}}).find("\"nobody\"") != std::string::npos);
  CHECK_THROWS_AS(Auth({.database = ":memory:", .jwtSecret = Secret("short")}), std::invalid_argument);
  CHECK_THROWS_AS(auth.serve("nowhere"), std::runtime_error);
}

TEST_CASE("stopping the mounted routes ends their event streams, and a later server has streams again") {
  Auth auth(testOptions());
  std::string token;
  {
    Host host(auth);
    auto client = host.client();
    token = registerAda(client);
    RawClient stream(host.address());
    stream.say("GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    CHECK(stream.hears("event: CONNECTED"));
  }
  const RunningServer server = auth.serve("127.0.0.1:0");
  RawClient stream(server.address());
  stream.say("GET /api/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n");
  CHECK(stream.hears("event: SESSIONS_UPDATED"));
  CHECK(stream.isOpen());
}

TEST_CASE("the library's own server answers the routes of the app beside its own") {
  Auth auth(testOptions());
  const auto echo = [](const Request& request, Response& response) {
    response.setStatus(201);
    response.addHeader("X-Method", request.method());
    response.setBody(std::string(request.method()) + " " + std::string(request.segment(0)) + " " +
                     request.query("q").value_or("-") + " " + std::string(request.header("X-Own")) + " " +
                     std::string(request.body()) + std::string(request.segment(1)));
  };
  RunningServer server =
      auth.serve("127.0.0.1:0",
                 {{"GET", "/notes", auth.signedIn(greet)},
                  {"POST", "/echo/*", echo},
                  {"GET", "/outage", [](const Request&, Response&) { throw StoreError("the disk is full"); }},
                  {"GET", "/bug", [](const Request&, Response&) { throw std::logic_error("oops"); }}});
  const std::string address = server.address();
  httplib::Client client("http://" + address);
  const std::string token = registerAda(client);

  CHECK(client.Get("/notes", bearer(token))->body == "ada@example.org Ada");
  const auto refused = client.Get("/notes");
  CHECK(refused->status == 401);
  CHECK(refused->has_header("WWW-Authenticate"));

  const auto echoed = client.Post("/echo/a%20b?q=x%20y", {{"X-Own", "own"}}, "body", "text/plain");
  REQUIRE(echoed);
  CHECK(echoed->status == 201);
  CHECK(echoed->body == "POST a b x y own body");
  CHECK(echoed->get_header_value("X-Method") == "POST");
  CHECK(echoed->get_header_value("X-Content-Type-Options") == "nosniff");

  CHECK(client.Get("/echo/a")->status == 405);
  CHECK(client.Get("/echo/a")->get_header_value("Allow") == "POST, OPTIONS");
  CHECK(client.Options("/echo/a")->status == 204);
  CHECK(client.Get("/elsewhere")->status == 404);
  CHECK(memberOf(client.Get("/outage")->body, "code") == "STORE_UNAVAILABLE");
  const auto bug = client.Get("/bug");
  CHECK(bug->status == 500);
  CHECK(bug->body.find("oops") == std::string::npos);
  CHECK(client.Get("/readyz")->status == 200);

  std::promise<void> waited;
  std::thread waiting([&] {
    server.wait();
    waited.set_value();
  });
  server.stop();
  CHECK_NOTHROW(glitch_protocol::valueOf(waited.get_future()));
  waiting.join();
}

TEST_CASE("the library's own server limits bodies: the app's routes as it says, the library's to 16 KiB") {
  Auth auth(testOptions());
  const auto measure = [](const Request& request, Response& response) {
    response.setBody(std::to_string(request.body().size()));
  };
  const RunningServer server =
      auth.serve("127.0.0.1:0", {{"POST", "/size", measure}}, {.maxBodyBytes = 100'000});
  httplib::Client client("http://" + server.address());
  CHECK(client.Post("/size", std::string(100'000, 'x'), "text/plain")->body == "100000");
  CHECK(client.Post("/size", std::string(100'001, 'x'), "text/plain")->status == 413);
  const std::string begin = R"({"email":")";
  const auto login = [&](std::size_t bytes) {
    return client.Post("/api/auth/login", begin + std::string(bytes - begin.size() - 2, 'x') + "\"}",
                       jsonType);
  };
  CHECK(login(16 * 1024)->status == 422);
  const auto refused = login(16 * 1024 + 1);
  CHECK(refused->status == 413);
  CHECK(memberOf(refused->body, "code") == "BODY_TOO_LARGE");

  const RunningServer strict = auth.serve("127.0.0.1:0", {{"POST", "/size", measure}}, {.maxBodyBytes = 10});
  httplib::Client small("http://" + strict.address());
  CHECK(small.Post("/size", "0123456789", "text/plain")->status == 200);
  CHECK(small.Post("/size", "0123456789+", "text/plain")->status == 413);
}

TEST_CASE("what another engine does to the database takes effect in the app") {
  const TemporaryDirectory directory;
  AuthOptions options = testOptions();
  options.database = directory.file("app.db");
  Auth auth(std::move(options));
  const auto signIn = auth.accounts().registerUser({"ada@example.org", "correct horse battery", "Ada"},
                                                   {"203.0.113.7", "test"});
  REQUIRE(auth.identify(signIn.tokens.accessToken));

  glitch_protocol::store::SqliteOptions other;
  other.path = directory.file("app.db");
  other.checkpointing = glitch_protocol::store::Checkpointing::never;
  glitch_protocol::store::SqliteDatabase database(other);
  EngineConfig config;
  config.jwtSecret = Secret("0123456789abcdef-0123456789abcdef-secret");
  Engine engine(database, glitch_protocol::noopCache(), glitch_protocol::noopBroadcaster(), config);
  Accounts(engine, {}).disableUser(signIn.user.id);
  CHECK(eventually([&] { return !auth.identify(signIn.tokens.accessToken); }));
}

TEST_CASE("an app that keeps its users itself opens sessions for ids of its own") {
  AuthOptions options = testOptions();
  options.users = glitch_protocol::trustCaller();
  Auth auth(std::move(options));
  const auto session = auth.engine().createSession(UserId("customer 42"), "203.0.113.7", "test");
  CHECK(auth.identify(session.tokens.accessToken)->userId == UserId("customer 42"));
  const RunningServer server = auth.serve("127.0.0.1:0", {}, {.routes = {.accounts = false}});
  httplib::Client client("http://" + server.address());
  const auto verified = client.Get("/api/auth/verify", bearer(session.tokens.accessToken));
  CHECK(verified->status == 200);
  for (const char* field : {"Remote-Sub", "Remote-User", "Remote-Email", "Remote-Name"}) {
    INFO(field);
    CHECK(verified->get_header_value(field) == "customer 42");
  }

  const auto odd = auth.engine().createSession(UserId("a\x01"), "203.0.113.7", "test");
  CHECK(client.Get("/api/auth/verify", bearer(odd.tokens.accessToken))->status == 500);
}

}  // namespace glitch_auth
