// Tests that a connection goes on whenever its bytes arrive: the epoll of the workers reports each arrival once only.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::web::testing {
namespace {

constexpr std::string_view getX = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view getLarge = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::size_t large = 8 * 1024 * 1024;

void answerSmallOrLarge(const Request& request, Answer& answer, Exchange&) {
  setText(answer, std::string(request.path() == "/large" ? large : 1, 'x'));
}

ConnectionLimits withWorkers(std::size_t workers) {
  ConnectionLimits limits = smallLimits();
  limits.workers = workers;
  return limits;
}

/// Runs `work` on `count` threads at once, each with its number.
template <class Work>
void onThreads(int count, const Work& work) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("a request that arrives while an earlier answer is unsent is answered after it") {
  TestServer server(answerSmallOrLarge);
  RawClient client(server.address());
  client.say(getLarge);
  REQUIRE(eventually([&] { return server.server.requestsServed() == 1; }));
  client.say(getX);
  CHECK(client.answer().body.size() == large);
  CHECK(client.answer().body == "x");
  client.say(getX);
  CHECK(client.answer().body == "x");
}

TEST_CASE("a request that arrives while an earlier one waits for a thread is answered after it") {
  Gate gate;
  std::atomic<bool> inside{false};
  TestServer server([&](const Request& request, Answer& answer, Exchange& exchange) {
    if (request.method == "POST" && exchange.stage == Stage::arrived) {
      exchange.queueing = Queueing{.lane = Lane::commit, .address = "a", .account = ""};
      return;
    }
    if (request.method == "POST") {
      inside = true;
      gate.pass();
    }
    setText(answer, std::string(request.method));
  });
  RawClient client(server.address());
  client.say("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  REQUIRE(eventually([&] { return inside.load(); }));
  client.say(getX);
  gate.open();
  CHECK(client.answer().body == "POST");
  CHECK(client.answer().body == "GET");
}

TEST_CASE(
    "a client that finishes sending while its answer is unsent gets the whole answer and is then closed") {
  TestServer server(answerSmallOrLarge);
  RawClient client(server.address());
  client.say(getLarge);
  REQUIRE(eventually([&] { return server.server.requestsServed() == 1; }));
  client.endSending();
  CHECK(client.answer().body.size() == large);
  CHECK(client.closed());
  CHECK(eventually([&] { return server.server.openConnections() == 0; }));
}

TEST_CASE("a client that finishes sending after its answer is closed without waiting for a deadline") {
  TestServer server;
  RawClient client(server.address());
  client.say(getX);
  CHECK(client.answer().status == 200);
  client.endSending();
  CHECK(client.closed());
}

TEST_CASE("a request and the end of its client that arrive together are both noticed") {
  Gate gate;
  std::atomic<bool> inside{false};
  TestServer server(
      [&](const Request& request, Answer&, Exchange&) {
        if (request.path() != "/wait") return;
        inside = true;
        gate.pass();
      },
      withWorkers(1));
  RawClient first(server.address());
  RawClient client(server.address());
  REQUIRE(eventually([&] { return server.server.openConnections() == 2; }));
  first.say("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return inside.load(); }));
  client.say(getX).endSending();
  gate.open();
  CHECK(client.answer().status == 200);
  CHECK(client.closed());
}

TEST_CASE("requests in pieces of any size are all answered, whichever workers get the pieces") {
  constexpr int clients = 8;
  constexpr int requests = 300;
  TestServer server({}, withWorkers(4));
  std::atomic<int> answered{0};
  onThreads(clients, [&](int number) {
    std::string bytes;
    for (int i = 0; i < requests; ++i) bytes += getX;
    RawClient client(server.address());
    std::thread reader([&] {
      for (int i = 0; i < requests; ++i) answered += client.answer().status == 200;
    });
    // Pieces of 1 to 101 bytes, some within a request and some over several.
    std::size_t size = static_cast<std::size_t>(number);
    for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(size, rest.size()))) {
      size = (size * 37 + 11) % 101 + 1;
      client.say(rest.substr(0, size));
    }
    reader.join();
  });
  CHECK(answered == clients * requests);
}

TEST_CASE("connections that come and go at once, and get each other's socket numbers, are all served") {
  constexpr int clients = 4;
  constexpr int connections = 250;
  TestServer server({}, withWorkers(4));
  std::atomic<int> answered{0};
  onThreads(clients, [&](int) {
    for (int i = 0; i < connections; ++i) {
      RawClient client(server.address());
      client.say(getX).say(getX);
      answered += client.answer().status == 200;
      answered += client.answer().status == 200;
    }
  });
  CHECK(answered == clients * connections * 2);
  CHECK(eventually([&] { return server.server.openConnections() == 0; }));
}

}  // namespace glitch_protocol::web::testing
