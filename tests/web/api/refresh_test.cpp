// Tests of POST /api/auth/refresh.
#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

const char* const clearedCookie = "refreshToken=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0";

std::string bodyToken(const std::string& token) {
  return R"({"refreshToken":")" + token + "\"}";
}

}  // namespace

TEST_CASE("a refresh by cookie sets a new cookie, a refresh by body returns the new token in the body") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");

  const Reply first = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(first.status() == 200);
  CHECK(first.at("data.expiresIn") == "900");
  CHECK(first.at("data.refreshToken") == "-");
  CHECK(first.header("Set-Cookie") ==
        "refreshToken=" + first.cookie() + "; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000");
  CHECK(surface.send(get("/api/auth/me").bearer(first.at("data.accessToken"))).status() == 200);

  const Reply second = surface.send(post("/api/auth/refresh").json(bodyToken(first.cookie())));
  CHECK(second.status() == 200);
  CHECK(second.at("data.refreshToken").size() > 40);
  CHECK(second.at("data.refreshToken") != first.cookie());
  CHECK(second.cookie() == "-");
}

TEST_CASE("a token in the body takes precedence over the cookie") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor bob = surface.enter("bob@example.org");
  const Reply reply = surface.send(post("/api/auth/refresh")
                                       .cookie(ada.refreshToken)
                                       .header("Sec-Fetch-Site", "cross-site")
                                       .json(bodyToken(bob.refreshToken)));
  CHECK(reply.status() == 200);
  CHECK(surface.send(get("/api/auth/me").bearer(reply.at("data.accessToken"))).at("data.user.email") ==
        "bob@example.org");
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).status() == 200);
}

TEST_CASE("a missing or invalid refresh token is 401 without a challenge and keeps the cookie") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const auto refused = [](const Reply& reply, const char* code) {
    CHECK(reply.status() == 401);
    CHECK(reply.code() == code);
    CHECK_FALSE(reply.has("WWW-Authenticate"));
    CHECK(reply.cookie() == "-");
  };
  refused(surface.send(post("/api/auth/refresh")), "TOKEN_MISSING");
  refused(surface.send(post("/api/auth/refresh").cookie("")), "TOKEN_MISSING");
  refused(surface.send(post("/api/auth/refresh").bearer(ada.accessToken)), "TOKEN_MISSING");
  refused(surface.send(post("/api/auth/refresh?refreshToken=" + ada.refreshToken)), "TOKEN_MISSING");
  refused(surface.send(post("/api/auth/refresh").cookie("nonsense")), "TOKEN_INVALID");
  refused(surface.send(post("/api/auth/refresh").json(bodyToken(""))), "TOKEN_INVALID");
  refused(surface.send(post("/api/auth/refresh").json(bodyToken(ada.accessToken))), "TOKEN_INVALID");
  surface.clock.advance(std::chrono::days{31});
  refused(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)), "TOKEN_EXPIRED");
}

TEST_CASE("reuse of a superseded token clears the cookie and ends every session of the user") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const OpenStream stream = surface.listen(phone);
  const Reply renewed = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));

  const Reply reuse = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(reuse.status() == 401);
  CHECK(reuse.code() == "TOKEN_REUSE_DETECTED");
  CHECK(reuse.header("Set-Cookie") == clearedCookie);
  CHECK(stream->events() == "CONNECTED SESSIONS_UPDATED SESSION_TERMINATED");
  CHECK(stream->lastData().get("reason").get<std::string>() == "token_reuse");
  CHECK(stream->finished());
  CHECK(surface.send(post("/api/auth/refresh").cookie(renewed.cookie())).code() == "TOKEN_INVALID");
  CHECK(surface.send(get("/api/auth/verify").bearer(phone.accessToken)).code() == "SESSION_TERMINATED");
  CHECK(surface.logged.find("warning token_reuse_detected code=TOKEN_REUSE_DETECTED") != std::string::npos);
}

TEST_CASE("two cookies of the same name, in one field or in two, are 400 and rotate nothing") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  Ask ask = post("/api/auth/refresh");
  if (GENERATE(false, true)) {
    ask.cookie(ada.refreshToken).cookie(ada.refreshToken);
  } else {
    ask.header("Cookie", "refreshToken=x; a=b; refreshToken=" + ada.refreshToken);
  }
  const Reply reply = surface.send(ask);
  CHECK(reply.status() == 400);
  CHECK(reply.code() == "BAD_REQUEST");
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).status() == 200);
}

TEST_CASE("a cookie sent by a foreign page is 403, and nothing changes") {
  World world;
  world.api.allowedOrigins = {"https://app.example.org"};
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  const OpenStream stream = surface.listen(ada);
  const auto* target = GENERATE("/api/auth/refresh", "/api/auth/logout");
  surface.database.resetCounters();

  struct Row {
    const char* field;
    const char* value;
  };
  for (const Row& row : {Row{"Origin", "https://evil.example"}, Row{"Origin", "null"},
                         Row{"Sec-Fetch-Site", "cross-site"}, Row{"Sec-Fetch-Site", "same-site"}}) {
    const Reply reply = surface.send(post(target).cookie(ada.refreshToken).header(row.field, row.value));
    CHECK(reply.status() == 403);
    CHECK(reply.code() == "ORIGIN_NOT_ALLOWED");
    CHECK(reply.at("error").find(row.value) != std::string::npos);
    CHECK(reply.at("error").find("allowed_origins") != std::string::npos);
    CHECK(reply.cookie() == "-");
    CHECK_FALSE(reply.has("Access-Control-Allow-Origin"));
  }
  CHECK(surface
            .send(post(target)
                      .cookie(ada.refreshToken)
                      .header("Origin", "https://app.example.org")
                      .header("Origin", "https://evil.example"))
            .status() == 403);
  CHECK(surface.database.writes() == 0);
  CHECK(stream->events() == "CONNECTED SESSIONS_UPDATED");
  CHECK(surface.send(post(target).cookie(ada.refreshToken).header("Origin", "https://app.example.org"))
            .status() == 200);
}

TEST_CASE("within the reuse window a retry gets the same cookie again") {
  World world;
  world.engine.refreshReuseWindowSeconds = std::chrono::seconds{10};
  Surface surface(std::move(world));
  const Visitor ada = surface.enter("ada@example.org");
  const Reply first = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  surface.clock.advance(std::chrono::seconds{9});
  const Reply retry = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(retry.status() == 200);
  CHECK(retry.cookie() == first.cookie());
}

}  // namespace glitch_protocol::web
