// Tests of the metrics of a server.
#include "web/metrics/metrics.h"

#include <chrono>
#include <string>
#include <string_view>

#include "tests/support/api_fixture.h"
#include "web/metrics/metrics_handler.h"

namespace glitch_protocol::web {

using namespace std::chrono_literals;

namespace {

/// A server whose requests are counted.
struct CountedSurface {
  Surface surface;
  Metrics metrics;
  Log log{LogLevel::error, LogFormat::text, std::chrono::system_clock::now, [](std::string_view) {}};
  ApiHandler api{surface.engine, surface.accounts, surface.hub, {}, log, {}, &metrics};

  Reply send(const Ask& ask) {
    Reply reply;
    reply.exchange.peer.address = "203.0.113.7";
    answerAtOnce(api, ask.request(), reply.response, reply.exchange);
    return reply;
  }
  bool shows(std::string_view line) const {
    return ("\n" + metrics.text()).find("\n" + std::string(line) + "\n") != std::string::npos;
  }
};

Ask logIn(const std::string& email, const std::string& password) {
  return post("/api/auth/login").json(R"({"email":")" + email + R"(","password":")" + password + "\"}");
}

}  // namespace

TEST_CASE("logins and refreshes are counted by outcome, and failed logins by cause") {
  CountedSurface server;
  const Visitor ada = server.surface.enter("ada@example.org");
  server.surface.enter("bob@example.org");
  server.surface.accounts.disableUser(server.surface.accounts.getUserByEmail("bob@example.org").id);

  server.send(logIn("ada@example.org", goodPassword));
  server.send(logIn("ada@example.org", goodPassword));
  server.send(logIn("ada@example.org", "wrong horse"));
  server.send(logIn("nobody@example.org", "wrong horse"));
  server.send(logIn("bob@example.org", goodPassword));
  server.send(post("/api/auth/login").json("{}"));
  CHECK(server.shows(R"(auth_server_logins_total{outcome="succeeded"} 2)"));
  CHECK(server.shows(R"(auth_server_logins_total{outcome="failed"} 3)"));
  CHECK(server.shows(R"(auth_server_login_failures_total{cause="wrong_password"} 1)"));
  CHECK(server.shows(R"(auth_server_login_failures_total{cause="unknown_user"} 1)"));
  CHECK(server.shows(R"(auth_server_login_failures_total{cause="disabled"} 1)"));
  CHECK(server.shows(R"(auth_server_login_failures_total{cause="other"} 0)"));
  CHECK(server.shows(R"(auth_server_refusals_total{route="/api/auth/login",code="VALIDATION_FAILED"} 1)"));

  server.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  server.send(post("/api/auth/refresh").cookie("forged"));
  server.send(post("/api/auth/refresh").cookie(ada.refreshToken));
  CHECK(server.shows(R"(auth_server_refreshes_total{outcome="succeeded"} 1)"));
  CHECK(server.shows(R"(auth_server_refreshes_total{outcome="invalid"} 1)"));
  CHECK(server.shows(R"(auth_server_refreshes_total{outcome="reused"} 1)"));
  CHECK(server.shows(R"(auth_server_request_duration_seconds_count{route="/api/auth/refresh"} 3)"));

  server.surface.database.failAll();
  server.send(logIn("ada@example.org", goodPassword));
  CHECK(server.shows(R"(auth_server_logins_total{outcome="failed"} 3)"));
  CHECK(server.shows(R"(auth_server_refusals_total{route="/api/auth/login",code="STORE_UNAVAILABLE"} 1)"));
}

TEST_CASE("a path chosen by a client never becomes a label") {
  CountedSurface server;
  const std::size_t before = server.metrics.text().size();
  for (int i = 0; i < 50; ++i) {
    server.send(get("/canary" + std::to_string(i)));
    server.send(Ask("DELETE", "/api/auth/login"));
  }
  CHECK(server.shows(R"(auth_server_refusals_total{route="other",code="NOT_FOUND"} 50)"));
  CHECK(server.shows(R"(auth_server_refusals_total{route="other",code="METHOD_NOT_ALLOWED"} 50)"));
  CHECK(server.metrics.text().find("canary") == std::string::npos);
  CHECK(server.metrics.text().size() < before + 200);
}

TEST_CASE("commits are counted by size and time") {
  Metrics metrics;
  metrics.committed(1, 90us);
  metrics.committed(5, 3ms);
  const std::string text = metrics.text();
  CHECK(text.find("auth_server_commit_writes_bucket{le=\"4\"} 1\n") != std::string::npos);
  CHECK(text.find("auth_server_commit_writes_bucket{le=\"8\"} 2\n") != std::string::npos);
  CHECK(text.find("auth_server_commit_writes_sum 6\n") != std::string::npos);
  CHECK(text.find("auth_server_commit_duration_seconds_bucket{le=\"0.0001\"} 1\n") != std::string::npos);
  CHECK(text.find("auth_server_commit_duration_seconds_sum 0.00309\n") != std::string::npos);
}

TEST_CASE("a value that cannot be read is omitted, and the others are written") {
  Metrics metrics;
  metrics.add({"lost", Exposition::Type::gauge, "Gone.", {}, []() -> double { throw StoreError("away"); }});
  metrics.add({"kept", Exposition::Type::gauge, "Here.", {{"side", "left"}}, [] { return 1.0; }});
  metrics.add({"kept", Exposition::Type::gauge, "Here.", {{"side", "right"}}, [] { return 2.5; }});
  const std::string text = metrics.text();
  CHECK(text.find("\nlost ") == std::string::npos);
  CHECK(
      text.find("# HELP kept Here.\n# TYPE kept gauge\nkept{side=\"left\"} 1\nkept{side=\"right\"} 2.5\n") !=
      std::string::npos);
}

TEST_CASE("the metrics listener serves only one path") {
  Metrics metrics;
  MetricsHandler handler(metrics);
  const auto [method, target, status] = GENERATE(table<std::string, std::string, int>({
      {"GET", "/metrics", 200},
      {"GET", "/metrics?x=1", 200},
      {"HEAD", "/metrics", 200},
      {"POST", "/metrics", 404},
      {"GET", "/", 404},
      {"GET", "/metrics/", 404},
      {"GET", "/api/auth/me", 404},
  }));
  Reply reply;
  answerAtOnce(handler, Ask(method, target).request(), reply.response, reply.exchange);
  CHECK(reply.status() == status);
  CHECK((reply.header("Content-Type") == "text/plain; version=0.0.4") == (status == 200));
  CHECK((reply.body().find("# TYPE") != std::string::npos) == (status == 200));
}

}  // namespace glitch_protocol::web
