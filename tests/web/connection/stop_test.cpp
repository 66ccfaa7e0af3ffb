// Tests of stopping a server.
#include <deque>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

/// Stops the server on another thread, so that the test can continue.
std::future<void> stopping(TestServer& server, std::chrono::milliseconds grace = 20s) {
  return std::async(std::launch::async, [&server, grace] { server.server.stop(grace); });
}

}  // namespace

TEST_CASE(
    "requests in progress at a stop are answered; those handled later announce that the connection closes") {
  Gate gate;
  std::atomic<int> inside{0};
  TestServer server([&](const auto&, auto& response, auto&) {
    ++inside;
    gate.pass();
    setText(response, "done");
  });
  RawClient half(server.address());
  half.say("GET /half HTTP/1.1\r\n");
  REQUIRE(eventually([&] { return server.server.pressure().heldBytes > 0; }));  // it has been read
  RawClient fast(server.address());
  RawClient slow(server.address());
  RawClient queued(server.address());
  RawClient idle(server.address());
  fast.say(plainGet);
  slow.say("POST /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return inside == 2; }));
  queued.say("POST /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(eventually([&] { return server.server.waitingRequests(Lane::hashing) == 1; }));
  auto stopped = stopping(server);
  CHECK(idle.closed());
  half.say("Host: a\r\n\r\n");
  gate.open();
  for (auto& [name, client] :
       {std::pair{"fast", &fast}, {"slow", &slow}, {"queued", &queued}, {"half", &half}}) {
    CAPTURE(name);
    const auto answer = client->answer();
    CHECK(answer.body == "done");
    const bool handledLater = client == &queued || client == &half;
    CHECK((!handledLater || answer.header("Connection") == "close"));
    CHECK(client->rest().empty());
  }
  for (RawClient* client : {&fast, &slow, &queued, &half, &idle}) client->endSending();
  valueOf(stopped);
  CHECK(server.server.openConnections() == 0);
}

TEST_CASE("stopping under load loses no answered work and cuts no answer") {
  std::atomic<int> handled{0};
  TestServer server([&](const auto&, auto& response, auto&) {
    ++handled;
    setText(response, std::string(1000, 'x'));
  });
  std::atomic<int> told{0};
  std::atomic<int> torn{0};
  // Connected before the threads start, since a late one could find the server stopped.
  std::deque<RawClient> clients;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&told, &torn, &client = clients.emplace_back(server.address())] {
      for (;;) {
        const auto answer = client.say(plainGet).answer();
        if (answer.status != 200) return client.endSending();
        ++told;
        if (answer.body.size() != 1000) ++torn;
      }
    });
  }
  REQUIRE(eventually([&] { return told > 500; }));
  server.server.stop(20s);
  for (auto& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(told == handled);
}

TEST_CASE("streams end cleanly after their queued events when the server stops") {
  std::atomic<int> closed{0};
  TestServer server([&](const auto&, auto&, Exchange& exchange) {
    exchange.stream =
        scriptedStream([](auto sink) { sink->send(std::make_shared<const std::string>("last words\n")); },
                       [&] { ++closed; });
  });
  RawClient client(server.address());
  client.say(plainGet);
  REQUIRE(eventually([&] { return server.server.openStreams() == 1; }));
  server.server.stop(20s);
  CHECK(client.answer().status == 200);
  CHECK(client.rest() == "last words\n");
  CHECK(closed == 1);
}

TEST_CASE("connections that do not end within the grace period are cut") {
  TestServer server;
  RawClient half(server.address());
  half.say("GET /x HTTP/1.1\r\nHost: a\r\n");
  RawClient other(server.address());
  CHECK(other.say(plainGet).answer().status == 200);
  REQUIRE(eventually([&] { return server.server.openConnections() == 2; }));
  server.server.stop(1ms);
  CHECK(half.rest().empty());
  CHECK(server.server.openConnections() == 0);
}

TEST_CASE("no client is accepted after the stop, and a second stop has no effect") {
  TestServer server;
  server.server.stop(20s);
  CHECK_THROWS_AS(RawClient(server.address()), std::runtime_error);
  server.server.stop(20s);
}

TEST_CASE("a second call of stop returns when the first one is complete") {
  Gate gate;
  std::atomic<bool> inside{false};
  TestServer server([&](const auto&, auto& response, auto&) {
    inside = true;
    gate.pass();
    setText(response, "done");
  });
  RawClient client(server.address());
  client.say(plainGet).endSending();
  RawClient idle(server.address());
  REQUIRE(eventually([&] { return inside && server.server.openConnections() == 2; }));
  auto first = stopping(server);
  CHECK(idle.closed());
  std::promise<void> called;
  auto second = std::async(std::launch::async, [&] {
    called.set_value();
    server.server.stop(20s);
    return server.server.openConnections();
  });
  idle.endSending();
  valueOf(called.get_future());
  gate.open();
  CHECK(valueOf(second) == 0);
  CHECK(client.answer().body == "done");
  valueOf(first);
}

TEST_CASE("a server that was never started can be stopped") {
  TestServer server(TestServer::Unstarted{}, {});
  server.server.listen("127.0.0.1:0");
  server.server.stop(20s);
  CHECK_THROWS_AS(RawClient(server.address()), std::runtime_error);
}

}  // namespace glitch_protocol::web::testing
