// Tests of what is decided before any handler runs, and of requests without a route.
#include "web/api/routes.h"

#include <span>
#include <stdexcept>
#include <type_traits>

#include "tests/support/api_fixture.h"
#include "web/http/errors.h"

namespace glitch_protocol::web {

namespace {

// A row that omits a column does not compile.
static_assert(!std::is_default_constructible_v<Decided<Access>>);
static_assert(!std::is_default_constructible_v<Decided<Limit>>);
template <class... Columns>
concept MakesRoute = requires(Columns... columns) {
  Route{columns...};
};
static_assert(
    MakesRoute<RouteId, std::string_view, std::string_view, Access, Body, MediaTypes, Limit, Lane, Handler>);
static_assert(
    !MakesRoute<RouteId, std::string_view, std::string_view, Access, Body, MediaTypes, Limit, Lane>);
static_assert(!MakesRoute<RouteId, std::string_view, std::string_view>);

/// A random source that can run out. *One thread at a time.*
class ExhaustibleRandom : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    if (dry) throw std::runtime_error("canary: no randomness to be had");
    full_.fill(bytes);
  }
  bool dry = false;

 private:
  CountingRandom full_;
};

const char* const goodLogin = R"({"email":"ada@example.org","password":"correct horse battery"})";

}  // namespace

TEST_CASE("a known path with an unsupported method is 405 with the supported ones in Allow") {
  Surface surface;
  struct Row {
    const char* method;
    const char* target;
    const char* allow;
  };
  const auto row = GENERATE(values<Row>({
      {"GET", "/api/auth/login", "POST, OPTIONS"},
      {"HEAD", "/api/auth/refresh", "POST, OPTIONS"},
      {"GET", "/api/auth/logout", "POST, OPTIONS"},
      {"PUT", "/api/auth/me", "GET, HEAD, OPTIONS"},
      {"DELETE", "/api/sessions", "GET, HEAD, OPTIONS"},
      {"POST", "/healthz", "GET, HEAD, OPTIONS"},
      {"TRACE", "/healthz", "GET, HEAD, OPTIONS"},
      {"TRACE", "/nowhere", "GET, HEAD, POST, OPTIONS"},
      {"PATCH", "/api/events?x", "GET, HEAD, OPTIONS"},
      {"get", "/healthz", "GET, HEAD, OPTIONS"},
  }));
  const Reply reply = surface.send({row.method, row.target});
  INFO(row.method << ' ' << row.target);
  CHECK(reply.status() == 405);
  CHECK(reply.code() == "METHOD_NOT_ALLOWED");
  CHECK(reply.header("Allow") == row.allow);
}

TEST_CASE("every other spelling of a path is a different path") {
  Surface surface;
  const auto* target = GENERATE("/", "", "*", "/api/auth/login/", "//api/auth/login", "/api//auth/login",
                                "/API/auth/login", "/api/auth/%6Cogin", "/api/auth/login%00",
                                "/api/auth/./login", "/api/auth/login;x", "/api/auth", "/healthz/");
  INFO(target);
  const Reply reply = surface.send(post(target).json(goodLogin));
  CHECK(reply.status() == 404);
  CHECK(reply.code() == "NOT_FOUND");
  CHECK(surface.send({"OPTIONS", target}).status() == 404);
}

TEST_CASE("the health routes return only a status word") {
  Surface surface;
  CHECK(surface.send(get("/healthz")).body() == R"({"status":"ok"})");
  CHECK(surface.send(get("/readyz")).body() == R"({"status":"ok"})");
  surface.ready = false;
  surface.clock.advance(std::chrono::seconds{1});
  CHECK(surface.send(get("/healthz")).status() == 200);
  const Reply reply = surface.send(get("/readyz"));
  CHECK(reply.status() == 503);
  CHECK(reply.body() == R"({"status":"unavailable"})");
  CHECK(reply.has("Retry-After"));
}

TEST_CASE("a body must be a JSON object with a JSON Content-Type") {
  Surface surface;
  surface.enter("ada@example.org");
  struct Row {
    const char* type;
    int status;
    const char* code;
  };
  const auto row = GENERATE(values<Row>({
      {"application/json", 200, "-"},
      {"application/json; charset=utf-8", 200, "-"},
      {"Application/JSON ;charset=UTF-8", 200, "-"},
      {"text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"multipart/form-data; boundary=x", 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"application/jsonp", 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"application/json, text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"},
      {"", 415, "UNSUPPORTED_MEDIA_TYPE"},
  }));
  INFO(row.type);
  const Reply reply = surface.send(post("/api/auth/login").body(goodLogin).header("Content-Type", row.type));
  CHECK(reply.status() == row.status);
  CHECK(reply.code() == row.code);
}

TEST_CASE("a body without a Content-Type is 415, with two 400") {
  Surface surface;
  CHECK(surface.send(post("/api/auth/login").body(goodLogin)).status() == 415);
  CHECK(surface.send(post("/api/auth/login").json(goodLogin).header("Content-Type", "text/plain")).status() ==
        400);
  CHECK(surface.send(post("/api/auth/logout").body("{}").cookie("x")).status() == 415);
}

TEST_CASE("a body that is not a JSON object is 400 and is not quoted") {
  Surface surface;
  const std::string body = GENERATE(values<std::string>(
      {"", "[]", "\"x\"", "null", "{} x", "{\"password\":\"canary-55\",\"password\":\"canary-55\"}",
       "{\"password\":\"canary-55\"", "{\"password\":\"\xFF\"}", "{\"x\":[[[[[[[[1]]]]]]]]}",
       "{\"x\":1e999}"}));
  const auto* target = GENERATE("/api/auth/login", "/api/auth/register");
  INFO(body);
  const Reply reply = surface.send(post(target).json(body));
  CHECK(reply.status() == 400);
  CHECK(reply.code() == "BAD_JSON");
  CHECK(reply.body().find("canary") == std::string::npos);
  CHECK(surface.logged.find("canary") == std::string::npos);
}

TEST_CASE("routes without required fields accept an empty body and refuse an invalid one") {
  Surface surface;
  const auto* target = GENERATE("/api/auth/refresh", "/api/auth/logout", "/api/sessions/terminate-others");
  CHECK(surface.send(post(target)).code() == "TOKEN_MISSING");
  CHECK(surface.send(post(target).header("Content-Type", "text/plain")).code() == "TOKEN_MISSING");
  CHECK(surface.send(post(target).json("{}")).code() == "TOKEN_MISSING");
  CHECK(surface.send(post(target).json("[]")).code() == "BAD_JSON");
}

TEST_CASE("unknown fields are ignored") {
  Surface surface;
  surface.enter("ada@example.org");
  const Reply reply = surface.send(
      post("/api/auth/login")
          .json(
              R"({"role":"admin","email":"ada@example.org","password":"correct horse battery","x":{"y":[1]}})"));
  CHECK(reply.status() == 200);
}

TEST_CASE("allowed origins are echoed exactly; others get no Access-Control field") {
  World world;
  world.api.allowedOrigins = {"https://app.example.org", "https://other.example.org"};
  Surface surface(std::move(world));
  const Reply listed = surface.send(get("/healthz").header("Origin", "https://app.example.org"));
  CHECK(listed.header("Access-Control-Allow-Origin") == "https://app.example.org");
  CHECK(listed.header("Access-Control-Allow-Credentials") == "true");
  CHECK(listed.header("Vary") == "Origin");
  const Reply refused = surface.send(post("/api/auth/login").header("Origin", "https://app.example.org"));
  CHECK(refused.header("Access-Control-Allow-Origin") == "https://app.example.org");

  const auto* origin =
      GENERATE("https://app.example.org.evil", "https://xapp.example.org", "null", "http://app.example.org",
               "https://app.example.org:444", "https://APP.example.org", "*", "");
  const Reply other = surface.send(get("/healthz").header("Origin", origin));
  CHECK(other.response.lines().find("Access-Control") == std::string::npos);
}

TEST_CASE("a preflight is 204 and permits an allowed origin the methods of the path") {
  World world;
  world.api.allowedOrigins = {"https://app.example.org"};
  Surface surface(std::move(world));
  const auto preflight = [&](const std::string& origin) {
    return surface.send(Ask("OPTIONS", "/api/auth/login")
                            .header("Origin", origin)
                            .header("Access-Control-Request-Method", "POST"));
  };
  const Reply listed = preflight("https://app.example.org");
  CHECK(listed.status() == 204);
  CHECK(listed.body().empty());
  CHECK(listed.header("Access-Control-Allow-Origin") == "https://app.example.org");
  CHECK(listed.header("Access-Control-Allow-Methods") == "POST, OPTIONS");
  CHECK(listed.header("Access-Control-Allow-Headers") == "Authorization, Content-Type");
  CHECK(listed.header("Allow") == "POST, OPTIONS");

  const Reply other = preflight("https://evil.example");
  CHECK(other.status() == 204);
  CHECK_FALSE(other.has("Access-Control-Allow-Origin"));
  CHECK_FALSE(other.has("Access-Control-Allow-Methods"));
}

TEST_CASE("nothing is committed, hashed or probed on the thread that reads requests") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  int probes = 0;
  surface.probe = [&] { ++probes; };
  const std::string changed =
      R"({"currentPassword":"correct horse battery","newPassword":"another fine one"})";
  const std::vector<std::pair<const char*, Ask>> requests = {
      {"register", post("/api/auth/register").json(Surface::credentials("bob@example.org"))},
      {"login", post("/api/auth/login").json(goodLogin)},
      {"refresh", post("/api/auth/refresh").cookie(ada.refreshToken)},
      {"terminate others", post("/api/sessions/terminate-others").bearer(ada.accessToken)},
      {"password", post("/api/auth/password").bearer(ada.accessToken).json(changed)},
      {"readiness", get("/readyz")},
  };
  for (const auto& [name, ask] : requests) {
    CAPTURE(name);
    surface.database.resetCounters();
    probes = 0;
    Answer answer;
    Exchange exchange;
    exchange.peer.address = "203.0.113.7";
    surface.api.handle(ask.request(), answer, exchange);
    REQUIRE(exchange.queueing);
    CHECK(surface.database.writes() == 0);
    CHECK(probes == 0);
    Exchange later = resumed(std::move(exchange));
    surface.api.handle(ask.request(), answer, later);
    CHECK(answer.status / 100 == 2);
    CHECK(surface.database.writes() + static_cast<std::uint64_t>(probes) > 0);
  }
}

TEST_CASE("an access token is verified on the thread that reads requests") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  for (const char* method : {"GET", "HEAD"}) {
    for (const auto& [token, status] :
         {std::pair{ada.accessToken, 200}, std::pair{ada.accessToken + "x", 401}}) {
      CAPTURE(method, status);
      Answer answer;
      Exchange exchange;
      surface.api.handle(Ask(method, "/api/auth/verify").bearer(token).request(), answer, exchange);
      CHECK_FALSE(exchange.queueing);
      CHECK(answer.status == status);
    }
  }
}

TEST_CASE("every exception becomes an answer that does not reveal its text") {
  struct Unknown {};
  const auto outcome = [](auto&& thrown) {
    return outcomeOf(std::make_exception_ptr(thrown), "0123456789abcdef");
  };
  const std::string generic =
      "Something went wrong on our side. If it happens again, tell the operator this request id: "
      "0123456789abcdef";
  for (const Outcome& internal :
       {outcome(std::runtime_error("canary")), outcome(Unknown{}), outcome(7),
        outcome(std::logic_error("canary")), outcome(AuthError("NO_SUCH_CODE", "canary"))}) {
    CHECK(internal.status == 500);
    CHECK(internal.code == "INTERNAL_ERROR");
    CHECK(internal.message == generic);
    CHECK(internal.source == ErrorSource::server);
  }
  CHECK(outcome(StoreError("canary")).status == 503);
  CHECK(outcome(StoreError("canary")).code == "STORE_UNAVAILABLE");
  CHECK(outcome(StoreError("canary")).message.find("canary") == std::string::npos);
  CHECK(outcome(StoreError("canary")).retryAfterSeconds > 0);
  CHECK(outcome(BusyError("canary")).code == "SERVER_BUSY");
  CHECK(outcome(std::bad_alloc()).code == "SERVER_BUSY");
  CHECK(outcome(std::bad_alloc()).source == ErrorSource::server);
  CHECK(outcome(BusyError("canary")).retryAfterSeconds > 0);
  CHECK(outcome(createTokenReuseError()).refreshCookie == CookieEffect::cleared);
  CHECK(outcome(createTokenInvalidError("private")).refreshCookie == CookieEffect::kept);
  CHECK(outcome(createTokenInvalidError("private")).message.find("private") == std::string::npos);
}

TEST_CASE("an exception in a handler is a generic 500 and is logged under the request id") {
  Surface surface;
  surface.enter("ada@example.org");
  ExhaustibleRandom random;
  Engine engine(surface.database, surface.cache, surface.hub, surface.engine.config(), surface.clock, random);
  Accounts accounts(engine, {});
  std::string logged;
  Log log(LogLevel::info, LogFormat::text, std::chrono::system_clock::now,
          [&](std::string_view line) { logged += line; });
  ApiHandler api(engine, accounts, surface.hub, {}, log, {});
  random.dry = true;
  Reply reply;
  reply.exchange.requestId = RequestId(0x0123456789abcdef);
  answerAtOnce(api, post("/api/auth/login").json(goodLogin).request(), reply.response, reply.exchange);
  picojson::parse(reply.json, reply.body());
  CHECK(reply.status() == 500);
  CHECK(reply.code() == "INTERNAL_ERROR");
  CHECK(reply.body().find("canary") == std::string::npos);
  CHECK(reply.cookie() == "-");
  CHECK(logged.find("no randomness to be had") != std::string::npos);
  CHECK(logged.find("request_id=0123456789abcdef") != std::string::npos);
}

TEST_CASE("settings that browsers would reject are refused by name") {
  const auto errorOf = [](const ApiConfig& config) -> std::string {
    try {
      validate(config);
      return "";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  ApiConfig config;
  CHECK(errorOf(config).empty());
  config.allowedOrigins = {"https://app.example.org", "https://app.example.org/"};
  CHECK(errorOf(config).find(
            "allowed_origins: \"https://app.example.org/\" is more than scheme, host and port") == 0);
  config = {};
  config.maxStreamsPerUser = 0;
  CHECK(errorOf(config).find("max_streams_per_user") == 0);
  config = {};
  config.cookieName = GENERATE("", "a b", "a;b", "a=b", "\x01", "__Host-token", "__host-token");
  CHECK(errorOf(config).find("cookie_name") == 0);
  config.cookieName = "__Secure-token";
  CHECK(errorOf(config).empty());
  config.cookieSecurity = CookieSecurity::insecure;
  CHECK(errorOf(config).find("cookie_name") == 0);
}

}  // namespace glitch_protocol::web
