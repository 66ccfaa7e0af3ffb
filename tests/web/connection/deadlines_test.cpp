// Tests of the deadlines, of the connection cap, and of what happens without descriptors.
#include <sys/resource.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

const std::string halfHead = "GET /x HTTP/1.1\r\nHost: a\r\n";
const std::string halfBody = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";

bool serverHas(TestServer& server, std::size_t connections) {
  return eventually([&] { return server.server.openConnections() == connections; });
}

}  // namespace

TEST_CASE("a header, a body and an idle connection each have a deadline") {
  struct Row {
    const char* name;
    std::string said;
    std::string heard;  ///< its arrival shows that the phase has begun
    std::chrono::milliseconds deadline;
  };
  const std::vector<Row> rows{
      {"nothing said", "", "", 10s},
      {"half a header", halfHead, "", 10s},
      {"half a body", "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
       "100 Continue\r\n\r\n", 30s},
      {"idle after an answer", std::string(plainGet), "GET /x ", 60s}};
  for (const auto& row : rows) {
    INFO(row.name);
    TestServer server;
    RawClient client(server.address());
    CHECK(client.say(row.said).hears(row.heard));
    REQUIRE(serverHas(server, 1));
    server.pass(row.deadline - 1s);
    CHECK(statusOf(server.address(), plainGet) == 200);
    CHECK(client.isOpen());
    // The idle phase may begin slightly after the answer has arrived, hence "eventually".
    CHECK(eventually([&] {
      server.pass(row.deadline);
      return !client.isOpen();
    }));
    CHECK(client.rest().empty());
  }
}

TEST_CASE("sending byte by byte does not extend a deadline") {
  TestServer server;
  RawClient client(server.address());
  REQUIRE(serverHas(server, 1));
  for (int i = 0; i < 9; ++i) {
    CAPTURE(i);
    client.say(std::string_view(halfHead).substr(static_cast<std::size_t>(i), 1));
    CHECK(statusOf(server.address(), plainGet) == 200);
    server.pass(1s);
  }
  CHECK(server.server.openConnections() >= 1);
  server.pass(2s);
  CHECK(client.rest().empty());
}

TEST_CASE("a thousand slow clients do not delay others and are closed at their deadlines") {
  TestServer server;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 1000; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.address()));
    slow.back()->say(i % 2 ? halfHead : halfBody);
  }
  for (int i = 0; i < 20; ++i) {
    CAPTURE(i);
    CHECK(statusOf(server.address(), plainGet) == 200);
  }
  REQUIRE(eventually([&] { return server.server.openConnections() >= 1000; }));
  CHECK(eventually([&] {
    server.pass(31s);
    return server.server.openConnections() == 0;
  }));
  int closed = 0;
  for (auto& client : slow) closed += client->rest().empty();
  CHECK(closed == 1000);
  CHECK(statusOf(server.address(), plainGet) == 200);
}

TEST_CASE("a client that does not read its answer is closed at the write deadline and delays no one") {
  TestServer server([](const Request& request, Answer& response, Exchange&) {
    setText(response, std::string(request.path() == "/large" ? 32 * 1024 * 1024 : 1, 'x'));
  });
  RawClient reader(server.address());
  reader.say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return server.server.requestsServed() == 1; }));
  CHECK(statusOf(server.address(), plainGet) == 200);
  // Its phase begins when the socket is full, which is after the answer just counted.
  REQUIRE(eventually([&] {
    server.pass(31s);
    return server.server.openConnections() == 0;
  }));
  CHECK(reader.rest().size() < 32 * 1024 * 1024);
}

TEST_CASE("a large answer arrives complete, and the connection stays usable") {
  TestServer server([](const Request& request, Answer& response, Exchange&) {
    setText(response, std::string(request.path() == "/large" ? 8 * 1024 * 1024 : 1, 'x'));
  });
  RawClient reader(server.address());
  reader.say("GET /large HTTP/1.1\r\nHost: a\r\n\r\n" + std::string(plainGet));
  CHECK(reader.answer().body.size() == 8 * 1024 * 1024);
  CHECK(reader.answer().body == "x");
}

TEST_CASE("the last answer reaches a client that is still sending") {
  TestServer server;
  RawClient client(server.address());
  client.say("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + std::string(60000, 'x'));
  CHECK(client.answer().status == 413);
  CHECK(client.rest().empty());
}

TEST_CASE("a client that never stops sending is closed after the last answer anyway") {
  TestServer server;
  RawClient client(server.address());
  CHECK(client.say("NONSENSE\r\n").answer().status == 400);
  CHECK(server.server.openConnections() == 1);
  CHECK(eventually([&] {
    server.pass(2s);
    return server.server.openConnections() == 0;
  }));
}

TEST_CASE("at the connection cap, with all in use, clients get 503 until there is room again") {
  auto limits = smallLimits();
  limits.maxConnections = 5;
  TestServer server({}, limits);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    CAPTURE(i);
    clients.push_back(std::make_unique<RawClient>(server.address()));
    clients.back()->say("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    CHECK(clients.back()->hears("100 Continue\r\n\r\n"));
  }
  RawClient late(server.address());
  const auto answer = late.say(plainGet).answer();
  CHECK(answer.status == 503);
  CHECK(answer.header("Retry-After") == "1");
  CHECK(late.closed());
  clients.clear();
  CHECK(eventually([&] { return statusOf(server.address(), plainGet) == 200; }));
}

TEST_CASE("clients are refused while no file descriptors are left, and served again afterwards") {
  TestServer server;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  // The client sockets are created first, since they share the descriptor table with the server.
  std::vector<Descriptor> sockets;
  for (int i = 0; i < 8; ++i) sockets.emplace_back(::socket(AF_INET, SOCK_STREAM, 0));
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(sockets.back().get() + 1);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  int told = 0;
  {
    // They keep their sockets until all are refused.
    std::vector<RawClient> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back(server.address(), std::move(sockets[static_cast<std::size_t>(i)]));
      if (clients.back().answer().status == 503) ++told;
      if (i < 2) server.clock.advance(2s);
    }
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(told == 3);
  CHECK(eventually([&] { return statusOf(server.address(), plainGet) == 200; }));
  CHECK(server.logLines.count("accept_exhausted") == 1);
  CHECK_FALSE(server.logLines.contain("accept_recovered"));
  server.clock.advance(5s);
  CHECK(eventually([&] { return server.logLines.contain("accept_recovered seconds=4 refused=3"); }));
}

TEST_CASE("clients that connect and reset do not harm the listener") {
  TestServer server;
  for (int i = 0; i < 2000; ++i) {
    RawClient client(server.address());
    if (i % 3 == 1) client.say(halfHead);
    if (i % 3 == 2) client.say(plainGet);
    client.reset();
  }
  CHECK(statusOf(server.address(), plainGet) == 200);
  CHECK(eventually([&] { return server.server.openConnections() == 0; }));
}

}  // namespace glitch_protocol::web::testing
