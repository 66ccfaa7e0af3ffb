// Tests of POST /api/auth/logout.
#include "tests/support/api_fixture.h"

namespace glitch_protocol::web {

namespace {

const char* const clearedCookie = "refreshToken=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0";

}  // namespace

TEST_CASE("each credential signs out only its own session, and a second time is 200 too") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const OpenStream stream = surface.listen(ada);
  const OpenStream phoneStream = surface.listen(phone);

  const std::string inBody = R"({"refreshToken":")" + ada.refreshToken + "\"}";
  const std::vector<Ask> ways{
      post("/api/auth/logout").bearer(ada.accessToken),
      post("/api/auth/logout").cookie(ada.refreshToken),
      post("/api/auth/logout").json(inBody),
      post("/api/auth/logout").json(inBody).cookie(phone.refreshToken),
      post("/api/auth/logout").bearer("worn.out.token").cookie(ada.refreshToken),
  };
  const Ask& ask = ways[GENERATE(range(std::size_t{0}, std::size_t{5}))];
  for (int time = 0; time < 2; ++time) {
    CAPTURE(time);
    const Reply reply = surface.send(ask);
    CHECK(reply.status() == 200);
    CHECK(reply.at("success") == "true");
    CHECK(reply.header("Set-Cookie") == clearedCookie);
  }

  CHECK(stream->events() == "CONNECTED SESSIONS_UPDATED SESSION_TERMINATED");
  CHECK(stream->lastData().get("reason").get<std::string>() == "logout");
  CHECK(stream->finished());
  CHECK(phoneStream->events() == "CONNECTED SESSIONS_UPDATED SESSIONS_UPDATED");
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).code() == "SESSION_TERMINATED");
  CHECK(surface.send(post("/api/auth/refresh").cookie(ada.refreshToken)).code() == "TOKEN_INVALID");
  CHECK(surface.send(get("/api/auth/verify").bearer(phone.accessToken)).status() == 200);
}

TEST_CASE("the log names the user and the session that signed out, whatever the credential") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const std::string inBody = R"({"refreshToken":")" + ada.refreshToken + "\"}";
  const std::vector<Ask> ways{
      post("/api/auth/logout").bearer(ada.accessToken),
      post("/api/auth/logout").cookie(ada.refreshToken),
      post("/api/auth/logout").json(inBody),
  };
  const std::size_t way = GENERATE(range(std::size_t{0}, std::size_t{3}));
  const std::string line = "logged_out user=" + ada.userId + " session=" + ada.sessionId + " ip=203.0.113.7";
  for (const char* time : {"once", "again"}) {
    surface.logged.clear();
    CHECK(surface.send(ways[way]).status() == 200);
    INFO(time << ", way " << way << ": " << surface.logged);
    CHECK(surface.logged.find(line) != std::string::npos);
  }
}

TEST_CASE("signing out with a superseded refresh token ends only its session") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Visitor phone = surface.signIn("ada@example.org");
  const Reply renewed = surface.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(surface.send(post("/api/auth/logout").cookie(ada.refreshToken)).status() == 200);
  CHECK(surface.send(post("/api/auth/refresh").cookie(renewed.cookie())).code() == "TOKEN_INVALID");
  CHECK(surface.send(post("/api/auth/refresh").cookie(phone.refreshToken)).status() == 200);
}

TEST_CASE("signing out without a credential, or with an invalid one, is 401") {
  Surface surface;
  const Visitor ada = surface.enter("ada@example.org");
  const Reply nothing = surface.send(post("/api/auth/logout"));
  CHECK(nothing.status() == 401);
  CHECK(nothing.code() == "TOKEN_MISSING");
  CHECK(nothing.header("WWW-Authenticate") == "Bearer");

  const Reply forged = surface.send(post("/api/auth/logout").cookie("forged"));
  CHECK(forged.code() == "TOKEN_INVALID");
  CHECK(forged.header("Set-Cookie") == clearedCookie);

  const Reply worn = surface.send(post("/api/auth/logout").bearer("worn.out.token"));
  CHECK(worn.code() == "TOKEN_INVALID");
  CHECK(worn.header("WWW-Authenticate") == "Bearer error=\"invalid_token\"");
  CHECK(surface.send(get("/api/auth/verify").bearer(ada.accessToken)).status() == 200);
}

}  // namespace glitch_protocol::web
