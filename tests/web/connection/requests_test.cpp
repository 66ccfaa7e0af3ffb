// Tests of requests and answers over real connections.
#include <atomic>
#include <future>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"
#include "web/http/url_encoded.h"

namespace glitch_protocol::web::testing {
namespace {

/// Answers with what the handler received.
void echo(const Request& request, Answer& response, Exchange& exchange) {
  std::string seen(request.method);
  seen.append("|").append(request.path()).append("|").append(request.body).append("|");
  seen.append(exchange.peer.address).append("|").append(request.host).append("\n");
  for (const auto& [name, value] : request.fields) seen.append(name).append("=").append(value).append("\n");
  for (const auto& [name, value] : readUrlEncoded(request.query()).values)
    seen.append("?").append(name).append("=").append(value.to_str()).append("\n");
  setText(response, seen);
}

std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("every malformed request gets its status, the connection closes, and the next client is served") {
  TestServer server;
  struct Row {
    std::string request;
    int status;
    std::string code;
  };
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::vector<Row> rows{
      {"NONSENSE\r\n\r\n", 400, "BAD_REQUEST"},
      {"GET / HTTP/1.1\nHost: a\n\n" + smuggled, 400, "BAD_REQUEST"},
      {"GET / HTTP/1.1\r\n\r\n" + smuggled, 400, "BAD_REQUEST"},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 37\r\n\r\n" + smuggled, 400, "BAD_REQUEST"},
      {head + "Content-Length: 0\r\nContent-Length: 37\r\n\r\n" + smuggled, 400, "BAD_REQUEST"},
      {head + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400,
       "BAD_REQUEST"},
      {head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 411, "LENGTH_REQUIRED"},
      {head + "Transfer-Encoding: gzip\r\n\r\n" + smuggled, 501, "NOT_IMPLEMENTED"},
      {head + "Content-Length: 20000\r\n\r\n" + std::string(20000, 'x') + smuggled, 413, "BODY_TOO_LARGE"},
      {"GET /" + std::string(3000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, 414, "URI_TOO_LONG"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'a') + "\r\n\r\n" + smuggled, 431,
       "HEADERS_TOO_LARGE"},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, 501, "NOT_IMPLEMENTED"},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n" + smuggled, 405, "METHOD_NOT_ALLOWED"},
  };
  for (const auto& row : rows) {
    INFO(row.request.substr(0, 80));
    RawClient client(server.address());
    const auto answer = client.say(row.request).answer();
    CHECK(answer.status == row.status);
    CHECK(answer.body.find("\"code\":\"" + row.code + "\"") != std::string::npos);
    CHECK(answer.header("Connection") == "close");
    CHECK(answer.header("X-Request-Id").size() == 16);
    CHECK(client.rest().empty());
    CHECK(statusOf(server.address(), plainGet) == 200);
  }
  CHECK(server.server.requestsRefused() == rows.size());
}

TEST_CASE("valid requests may arrive byte by byte") {
  TestServer server;
  for (const std::string& request :
       {std::string(plainGet), post("/x", R"({"a":1})"), std::string("GET / HTTP/1.0\r\n\r\n"),
        std::string("\r\nPOST /x HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    INFO(request);
    CHECK(RawClient(server.address()).sayByteByByte(request).answer().status == 200);
  }
}

TEST_CASE("handlers get header values exactly as sent") {
  TestServer server(echo);
  RawClient client(server.address());
  const auto answer = client
                          .say(post("/p%20q?a=1&b=%2B", "{}",
                                    "Cookie: one=%0d%0aX-Evil: 1\r\nAuthorization: Bearer %41\r\nX-Empty:\r\n"
                                    "X-Twice: 1\r\nx-twice: 2\r\nOrigin: http://%61\r\nRange: bytes=0-1\r\n"
                                    "Accept-Encoding: gzip\r\nREMOTE_ADDR: 6.6.6.6\r\nLocal_Port: 1\r\n"))
                          .answer();
  CHECK(answer.status == 200);
  CHECK(answer.body ==
        "POST|/p%20q|{}|127.0.0.1|a\n"
        "Host=a\nCookie=one=%0d%0aX-Evil: 1\nAuthorization=Bearer %41\nX-Empty=\n"
        "X-Twice=1\nx-twice=2\nOrigin=http://%61\nRange=bytes=0-1\n"
        "Accept-Encoding=gzip\nREMOTE_ADDR=6.6.6.6\nLocal_Port=1\nContent-Length=2\n?a=1\n?b=+\n");
}

TEST_CASE("the authority of an absolute target replaces Host") {
  TestServer server(echo);
  RawClient client(server.address());
  const auto answer = client.say("GET http://b:81 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
  CHECK(answer.body.find("GET|/|") == 0);
  CHECK(answer.body.find("|b:81\n") != std::string::npos);
}

TEST_CASE("a request that passes the framing check reaches the handler") {
  TestServer server(echo);
  for (const char* line : {"OPTIONS * HTTP/1.1", "TRACE /x HTTP/1.1", "DELETE /x HTTP/1.1", "PUT /x HTTP/1.1",
                           "PATCH /x HTTP/1.1", "GET //x//y?? HTTP/1.1", "GET /?a=&&=b&%26 HTTP/1.1",
                           "GET /%2e%2e/%ff HTTP/1.1", "GET /x HTTP/1.0", "GET /x?a?b&c=d?e?f HTTP/1.1"}) {
    INFO(line);
    CHECK(statusOf(server.address(), std::string(line) + "\r\nHost: a\r\n\r\n") == 200);
  }
}

TEST_CASE("a query may contain question marks, and the handler gets the target as sent") {
  TestServer server([](const Request& request, Answer& response, Exchange& exchange) {
    echo(request, response, exchange);
    response.body += request.target;
  });
  RawClient client(server.address());
  const auto answer = client.say("GET /x?next=/y?z&b=? HTTP/1.1\r\nHost: a\r\n\r\n").answer();
  CHECK(answer.body.ends_with("?b=?\n?next=/y?z\n/x?next=/y?z&b=?"));
}

TEST_CASE("a common field set by a handler is kept, and the handler can close the connection") {
  TestServer server([](const auto&, auto& response, auto&) {
    response.set("Cache-Control", "private");
    response.connection = Answer::Connection::closed;
  });
  RawClient client(server.address());
  const auto answer = client.say(plainGet).answer();
  CHECK(answer.header("Cache-Control") == "private");
  CHECK(answer.head.find("no-store") == std::string::npos);
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.head.find("Connection") == answer.head.rfind("Connection"));
  CHECK(client.closed());
}

TEST_CASE("fields with the same name reach the handler in the order received") {
  TestServer server(echo);
  RawClient client(server.address());
  client.say(
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nX-Twice: 1\r\nx-forwarded-for: 2.2.2.2, "
      "3.3.3.3\r\n\r\n");
  CHECK(client.answer().body.find("X-Forwarded-For=1.1.1.1\nX-Twice=1\nx-forwarded-for=2.2.2.2, 3.3.3.3\n") !=
        std::string::npos);
}

TEST_CASE("every answer has the common fields and no unnecessary ones") {
  TestServer server;
  const auto answer = RawClient(server.address()).say(plainGet).answer();
  CHECK(answer.header("X-Content-Type-Options") == "nosniff");
  CHECK(answer.header("Cache-Control") == "no-store");
  CHECK(answer.header("Referrer-Policy") == "no-referrer");
  CHECK(answer.header("X-Request-Id").size() == 16);
  for (const char* absent : {"Server", "Keep-Alive", "Accept-Ranges", "Connection", "EXCEPTION_WHAT"}) {
    INFO(absent);
    CHECK(answer.header(absent).empty());
  }
}

TEST_CASE("HEAD has the header of GET and no body") {
  TestServer server([](const auto&, auto& response, auto&) { setText(response, "12345"); });
  RawClient client(server.address());
  client.say("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n").say(plainGet);
  const auto head = client.answer(RawClient::To::head);
  CHECK(head.header("Content-Length") == "5");
  CHECK(head.header("Accept-Ranges").empty());
  CHECK(client.answer().body == "12345");
}

TEST_CASE("204 has no body and no Content-Length") {
  TestServer server([](const auto&, auto& response, auto&) { response.status = 204; });
  RawClient client(server.address());
  client.say(plainGet).say(plainGet);
  CHECK(client.answer().head.find("Content-Length") == std::string::npos);
  CHECK(client.answer().status == 204);
}

TEST_CASE("an exception of a handler becomes a plain 500, and its reason is logged under the request id") {
  TestServer server([](const Request& request, Answer& response, Exchange&) {
    response.set("X-Half", "done");
    if (request.path() == "/standard") throw std::runtime_error("the canary");
    throw 7;
  });
  RawClient client(server.address());
  for (const char* path : {"/standard", "/other"}) {
    INFO(path);
    const auto answer = client.say("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    CHECK(answer.status == 500);
    CHECK(answer.body.find("\"code\":\"INTERNAL_ERROR\"") != std::string::npos);
    CHECK((answer.head + answer.body).find("canary") == std::string::npos);
    CHECK(answer.head.find("X-Half") == std::string::npos);
    CHECK(answer.header("Cache-Control") == "no-store");
    CHECK(server.logLines.contain(answer.header("X-Request-Id")));
    server.pass(LogRepeats::interval);  // failures at shorter intervals share a line
  }
  CHECK(server.logLines.contain("the canary"));
}

TEST_CASE(
    "when a handler runs out of memory its connection closes without an answer, and others are served") {
  TestServer server([](const Request& request, Answer& response, Exchange&) {
    if (request.path() == "/memory") throw std::bad_alloc();
    response.status = 200;
  });
  RawClient client(server.address());
  client.say("GET /memory HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.rest().empty());
  CHECK(server.logLines.contain("out of memory"));
  CHECK(RawClient(server.address()).say(plainGet).answer().status == 200);
}

TEST_CASE("pipelined requests are answered in order, whatever their lanes") {
  TestServer server;
  std::string requests;
  const std::vector<std::string> paths{"/a", "/slow/b", "/c", "/durable/d", "/slow/e", "/f"};
  for (const auto& path : paths) requests += post(path, path);
  RawClient client(server.address());
  client.say(requests);
  for (const auto& path : paths) {
    CAPTURE(path);
    CHECK(client.answer().body == "POST " + path + " " + path);
  }
}

TEST_CASE("a client that pipelines a thousand requests does not delay others until all are answered") {
  ConnectionLimits limits = smallLimits();
  limits.workers = 1;
  Gate gate;
  std::atomic<bool> inside{false};
  std::atomic<int> ofTheMany{0};
  std::atomic<int> before{-1};
  TestServer server(
      [&](const Request& request, Answer&, Exchange&) {
        inside = true;
        gate.pass();
        if (request.path() == "/one") before = ofTheMany.load();
        if (request.path() == "/x") ++ofTheMany;
      },
      limits);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += plainGet;
  RawClient many(server.address());
  RawClient one(server.address());
  REQUIRE(eventually([&] { return server.server.openConnections() == 2; }));
  many.say(requests);
  REQUIRE(eventually([&] { return inside.load(); }));
  one.say("GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
  gate.open();
  CHECK(one.answer().status == 200);
  CHECK(before <= 16);
  int answered = 0;
  while (answered < 1000 && many.answer().status == 200) ++answered;
  CHECK(answered == 1000);
  CHECK(ofTheMany == 1000);
}

TEST_CASE("pipelined requests that exceed a buffer are all answered") {
  TestServer server;
  std::string requests;
  for (int i = 0; i < 3000; ++i) requests += plainGet;
  RawClient client(server.address());
  std::thread speaker([&] { client.say(requests); });
  int answered = 0;
  RawClient::Answer answer;
  while (answered < 3000 && (answer = client.answer()).status == 200) ++answered;
  speaker.join();
  CHECK(answered == 3000);
}

TEST_CASE("a client that has finished sending gets all its answers, then the end of the connection") {
  TestServer server;
  RawClient client(server.address());
  client.say(std::string(plainGet) + post("/slow/x", "1") + std::string(plainGet)).endSending();
  CHECK(client.answer().body == "GET /x ");
  CHECK(client.answer().body == "POST /slow/x 1");
  CHECK(client.answer().body == "GET /x ");
  CHECK(client.closed());
}

TEST_CASE("a request that is cut off is refused") {
  TestServer server;
  for (std::string_view part : {"GET /x HT", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"}) {
    INFO(part);
    RawClient client(server.address());
    client.say(part).endSending();
    CHECK(client.answer().status == 400);
    CHECK(client.closed());
  }
}

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the answer") {
  TestServer server;
  for (std::string_view request :
       {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", "GET /x HTTP/1.0\r\n\r\n"}) {
    CAPTURE(request);
    RawClient client(server.address());
    const auto answer = client.say(std::string(request) + std::string(plainGet)).answer();
    CHECK(answer.status == 200);
    CHECK(answer.header("Connection") == "close");
    CHECK(client.rest().empty());
  }
}

TEST_CASE("a client that expects 100 Continue gets it") {
  TestServer server;
  RawClient client(server.address());
  client.say("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.hears("HTTP/1.1 100 Continue\r\n\r\n"));
  CHECK(client.say("ok").answer().body == "POST /x ok");
}

TEST_CASE("a body that is too large is refused before it is sent") {
  TestServer server;
  RawClient client(server.address());
  client.say("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 16385\r\n\r\n");
  CHECK(client.answer().status == 413);
}

TEST_CASE("a blocked worker does not delay other connections") {
  Gate gate;
  TestServer server([&](const Request& request, Answer&, Exchange&) {
    if (request.path() == "/blocked") gate.pass();
  });
  RawClient blocked(server.address());
  blocked.say("GET /blocked HTTP/1.1\r\nHost: a\r\n\r\n");
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK(statusOf(server.address(), plainGet) == 200);
  }
  gate.open();
  CHECK(blocked.answer().status == 200);
}

TEST_CASE("a full lane answers 503 at once, and the other lanes are not affected") {
  Gate gate;
  std::atomic<int> inside{0};
  auto limits = smallLimits();
  limits.hashingQueue = 2;
  TestServer server(
      [&](const Request& request, Answer&, Exchange&) {
        if (!request.path().starts_with("/slow")) return;
        ++inside;
        gate.pass();
      },
      limits);
  const std::string slow = "POST /slow HTTP/1.1\r\nHost: a\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> waiting;
  const auto come = [&] {
    waiting.push_back(std::make_unique<RawClient>(server.address()));
    waiting.back()->say(slow);
  };
  come();
  REQUIRE(eventually([&] { return inside == 1; }));
  // Two wait in the queue, so at least one of three more is refused.
  const auto busy = [&] { return server.server.requestsRefused() > 0; };
  while (!busy() && waiting.size() < 4) come();
  REQUIRE(eventually(busy));
  CHECK(statusOf(server.address(), plainGet) == 200);
  CHECK(statusOf(server.address(), "POST /durable HTTP/1.1\r\nHost: a\r\n\r\n") == 200);
  gate.open();
  int served = 0;
  int turnedAway = 0;
  for (auto& client : waiting) {
    const auto answer = client->answer();
    served += answer.status == 200;
    turnedAway += answer.status == 503 && answer.header("Retry-After") == "1";
  }
  CHECK(served == 3);
  CHECK(turnedAway == 1);
}

TEST_CASE(
    "in a full lane the newest request of the holder with the most places is displaced by another client") {
  Gate gate;
  auto limits = smallLimits();
  limits.hashingQueue = 4;
  std::atomic<int> inside{0};
  TestServer server(
      [&](const Request&, Answer&, Exchange&) {
        ++inside;
        gate.pass();
      },
      limits);
  const auto askFrom = [&](const std::string& address) {
    auto client = std::make_unique<RawClient>(server.address());
    client->say("POST /slow HTTP/1.1\r\nHost: a\r\nX-From: " + address + "\r\n\r\n");
    return client;
  };
  std::vector<std::unique_ptr<RawClient>> greedy;
  greedy.push_back(askFrom("a"));
  REQUIRE(eventually([&] { return inside == 1; }));
  for (std::size_t waiting = 1; waiting <= limits.hashingQueue; ++waiting) {
    CAPTURE(waiting);
    greedy.push_back(askFrom("a"));
    REQUIRE(eventually([&] { return server.server.waitingRequests(Lane::hashing) == waiting; }));
  }
  auto newcomer = askFrom("b");
  const auto displaced = greedy.back()->answer();
  CHECK(displaced.status == 503);
  CHECK(displaced.header("Retry-After") == "1");
  CHECK(displaced.body.find("SERVER_BUSY") != std::string::npos);
  gate.open();
  CHECK(newcomer->answer().status == 200);
  greedy.pop_back();
  for (auto& client : greedy) CHECK(client->answer().status == 200);
}

TEST_CASE("two hundred concurrent clients are all served") {
  auto limits = smallLimits();
  limits.hashingQueue = 200;
  TestServer server({}, limits);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<std::unique_ptr<RawClient>> clients;
      for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<RawClient>(server.address()));
      for (const char* path : {"/x", "/durable", "/x", "/slow"}) {
        for (auto& client : clients) client->say(post(path, "b"));
        for (auto& client : clients) good += client->answer().body == "POST " + std::string(path) + " b";
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(good == 4 * 50 * 4);
}

TEST_CASE("the configured fields are on answers of the handler, on refusals and on streams") {
  ConnectionLimits limits = smallLimits();
  limits.answerFields = "X-Test: yes\r\n";
  TestServer server(
      [](const Request& request, Answer& response, Exchange& exchange) {
        if (request.path() == "/throw") throw std::runtime_error("broken");
        if (request.path() == "/stream") exchange.stream = scriptedStream();
        response.status = request.path() == "/none" ? 204 : 200;
      },
      limits);
  for (const char* request : {"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "GET /throw HTTP/1.1\r\nHost: a\r\n\r\n",
                              "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", "GET /x HTTP/1.1\r\n\r\n",
                              "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    CAPTURE(request);
    RawClient client(server.address());
    client.say(request);
    CHECK(client.hears("X-Test: yes\r\n"));
  }
}

TEST_CASE("a broken answer and its connection end where the handler says") {
  std::atomic<int> closed{0};
  TestServer server([&](const Request& request, Answer& response, Exchange& exchange) {
    setText(response, "0123456789");
    if (request.path() == "/nothing") exchange.broken = BrokenAnswer{};
    if (request.path() == "/half") exchange.broken = BrokenAnswer{BrokenAnswer::At::body, 5};
    if (request.path() == "/more") exchange.broken = BrokenAnswer{BrokenAnswer::At::body, 50};
    if (request.path() != "/stream") return;
    exchange.stream = scriptedStream([&](const std::shared_ptr<EventSink>&) { ++closed; }, [&] { ++closed; });
    exchange.broken = BrokenAnswer{};
  });
  const auto restOf = [&](const std::string& path) {
    return RawClient(server.address()).say("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").rest();
  };
  CHECK(restOf("/nothing").empty());
  CHECK(restOf("/stream").empty());
  CHECK(restOf("/half").find("Content-Length: 10\r\n") != std::string::npos);
  CHECK(restOf("/half").ends_with("\r\n\r\n01234"));
  CHECK(restOf("/more").ends_with("\r\n\r\n0123456789"));
  CHECK(closed == 0);
}

TEST_CASE("a lane that can grow serves all waiting requests at once") {
  constexpr int clients = 12;
  ConnectionLimits limits = smallLimits();
  limits.hashingThreads = 1;
  limits.maxHashingThreads = clients;
  limits.hashingQueue = clients;
  std::atomic<int> arrived{0};
  TestServer server(
      [&](const Request&, Answer&, Exchange&) {
        ++arrived;
        eventually([&] { return arrived == clients; });
      },
      limits);
  std::vector<RawClient> waiting;
  for (int i = 0; i < clients; ++i) {
    waiting.emplace_back(server.address());
    waiting.back().say("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  for (RawClient& client : waiting) CHECK(client.answer().status == 200);
  CHECK(arrived == clients);
}

}  // namespace glitch_protocol::web::testing
