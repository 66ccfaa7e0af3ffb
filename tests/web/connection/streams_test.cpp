// Tests of event streams over real connections.
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

const std::string openStream = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

std::shared_ptr<const std::string> event(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// A server whose /events opens a stream that begins with "hello\n"; every other path answers "ok".
/// *Thread-safe.*
class StreamServer {
 public:
  explicit StreamServer(ConnectionLimits limits = smallLimits())
      : server([this](const auto& request, auto& response,
                      auto& exchange) { handle(request, response, exchange); },
               limits) {}

  void broadcast(const std::string& text) {
    const auto bytes = event(text);
    for (const auto& sink : sinks()) sink->send(bytes);
  }
  std::vector<std::shared_ptr<EventSink>> sinks() const {
    const std::lock_guard lock(mutex_);
    return sinks_;
  }
  /// Waits until the server has this many open streams.
  bool has(std::size_t streams) {
    return eventually([&] { return sinks().size() >= streams && server.server.openStreams() == streams; });
  }
  std::atomic<int> closed{0};

 private:
  void handle(const Request& request, Answer& response, Exchange& exchange) {
    setText(response, "ok");
    if (!request.path().ends_with("/events")) return;
    response.contentType = "text/event-stream";
    exchange.stream = scriptedStream(
        [this](std::shared_ptr<EventSink> sink) {
          sink->send(event("hello\n"));
          const std::lock_guard lock(mutex_);
          sinks_.push_back(std::move(sink));
        },
        [this] { ++closed; });
  }

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<EventSink>> sinks_;

 public:
  TestServer server;
};

}  // namespace

TEST_CASE("a stream sends its head, then what opened() sent, then later events") {
  StreamServer streams;
  RawClient client(streams.server.address());
  const auto head = client.say(openStream).answer();
  CHECK(head.status == 200);
  CHECK(head.header("Content-Type") == "text/event-stream");
  CHECK(head.header("Connection") == "close");
  CHECK(head.header("Content-Length").empty());
  CHECK(head.header("Cache-Control") == "no-store");
  CHECK(head.header("X-Request-Id").size() == 16);
  REQUIRE(streams.has(1));
  streams.broadcast("one\n");
  streams.broadcast("two\n");
  CHECK(client.hears("hello\none\ntwo\n"));
  CHECK(streams.server.server.openConnections() == 1);
  CHECK(streams.closed == 0);
}

TEST_CASE("a stream can be opened from any lane") {
  StreamServer streams;
  for (const char* path : {"/events", "/durable/events", "/slow/events"}) {
    INFO(path);
    RawClient client(streams.server.address());
    client.say("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.hears("hello\n"));
  }
}

TEST_CASE("closed() is called once when the client leaves, and sending afterwards does nothing") {
  StreamServer streams;
  SECTION("by closing") {
    RawClient client(streams.server.address());
    CHECK(client.say(openStream).hears("hello\n"));
  }
  SECTION("by a reset") {
    RawClient client(streams.server.address());
    CHECK(client.say(openStream).hears("hello\n"));
    client.reset();
  }
  SECTION("by closing its sending side") {
    RawClient client(streams.server.address());
    CHECK(client.say(openStream).hears("hello\n"));
    client.endSending();
    CHECK(client.closed());
  }
  SECTION("by sending more than a few bytes") {
    RawClient client(streams.server.address());
    CHECK(client.say(openStream).hears("hello\n"));
    client.say(std::string(8192, 'x'));
    CHECK(client.rest().empty());
  }
  CHECK(eventually([&] { return streams.closed == 1 && streams.server.server.openConnections() == 0; }));
  streams.broadcast("nobody hears this");
  for (const auto& sink : streams.sinks()) sink->finish();
  CHECK(statusOf(streams.server.address(), plainGet) == 200);
  CHECK(streams.closed == 1);
}

TEST_CASE("a sink may outlive its server") {
  std::vector<std::shared_ptr<EventSink>> sinks;
  {
    StreamServer streams;
    RawClient client(streams.server.address());
    CHECK(client.say(openStream).hears("hello\n"));
    sinks = streams.sinks();
  }
  REQUIRE(sinks.size() == 1);
  sinks.front()->send(event("nobody hears this"));
  sinks.front()->finish();
}

TEST_CASE("a finished stream ends after its queued events and accepts no more") {
  StreamServer streams;
  RawClient client(streams.server.address());
  client.say(openStream);
  REQUIRE(streams.has(1));
  streams.broadcast("last\n");
  streams.sinks().front()->finish();
  streams.broadcast("too late\n");
  CHECK(client.answer().status == 200);
  CHECK(client.rest() == "hello\nlast\n");
  CHECK(eventually([&] { return streams.closed == 1; }));
}

TEST_CASE("a stalled reader is dropped at the bound, and the others get every event") {
  StreamServer streams;
  RawClient stalled(streams.server.address());
  RawClient reading(streams.server.address());
  stalled.say(openStream);
  reading.say(openStream);
  REQUIRE(streams.has(2));
  const std::string big(16 * 1024, 'x');
  int sent = 0;
  bool heard = reading.hears("hello\n");
  // The socket buffers take some megabytes before the queue of the stalled stream grows.
  while (streams.server.server.streamsDropped() == 0 && heard && sent < 4000) {
    streams.broadcast(big + std::to_string(++sent) + "\n");
    heard = reading.hears("x" + std::to_string(sent) + "\n");
  }
  CHECK(heard);
  CHECK(eventually([&] { return streams.server.server.streamsDropped() == 1; }));
  CHECK(eventually([&] { return streams.server.server.openStreams() == 1 && streams.closed == 1; }));
  streams.broadcast("after\n");
  CHECK(reading.hears("after\n"));
}

TEST_CASE("an event larger than the bound reaches a client that reads") {
  StreamServer streams;
  RawClient client(streams.server.address());
  CHECK(client.say(openStream).hears("hello\n"));
  REQUIRE(streams.has(1));
  streams.broadcast(std::string(256 * 1024, 'x') + "end\n");
  CHECK(client.hears("xend\n"));
  streams.broadcast("after\n");
  CHECK(client.hears("after\n"));
  CHECK(streams.server.server.streamsDropped() == 0);
}

TEST_CASE("a silent stream gets a comment at each heartbeat; a busy one does not") {
  StreamServer streams;
  RawClient silent(streams.server.address());
  CHECK(silent.say(openStream).hears("hello\n"));
  REQUIRE(streams.has(1));
  streams.server.pass(19s);
  streams.broadcast("busy\n");
  CHECK(silent.hears("busy\n"));
  streams.server.pass(2s);
  streams.broadcast("still no comment\n");
  CHECK(silent.hears("still no comment\n"));
  streams.server.pass(21s);
  CHECK(silent.hears(":\n\n"));
  streams.server.pass(21s);
  CHECK(silent.hears(":\n\n"));
}

TEST_CASE("a stream whose opening fails is closed, and closed() is called") {
  std::atomic<int> closed{0};
  TestServer server([&](const auto&, auto&, Exchange& exchange) {
    exchange.stream = scriptedStream([](auto) { throw std::runtime_error("the canary"); }, [&] { ++closed; });
  });
  RawClient client(server.address());
  CHECK(client.say(openStream).answer().status == 200);
  CHECK(client.rest().empty());
  CHECK(eventually([&] { return closed == 1 && server.logLines.contain("the canary"); }));
}

TEST_CASE("an exception of closed() is logged and affects no other stream") {
  TestServer server([&](const auto&, auto&, Exchange& exchange) {
    exchange.stream = scriptedStream([](auto) {}, [] { throw std::runtime_error("the canary"); });
  });
  { CHECK(RawClient(server.address()).say(openStream).answer().status == 200); }
  CHECK(eventually([&] { return server.logLines.contain("the canary"); }));
  CHECK(RawClient(server.address()).say(openStream).answer().status == 200);
}

TEST_CASE("a broadcast reaches all of five hundred streams while requests are served") {
  StreamServer streams;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 500; ++i) {
    clients.push_back(std::make_unique<RawClient>(streams.server.address()));
    clients.back()->say(openStream);
  }
  REQUIRE(streams.has(500));
  streams.broadcast("news\n");
  CHECK(statusOf(streams.server.address(), plainGet) == 200);
  int heard = 0;
  for (auto& client : clients) heard += client->hears("hello\nnews\n");
  CHECK(heard == 500);
  clients.clear();
  CHECK(eventually([&] { return streams.closed == 500; }));
}

}  // namespace glitch_protocol::web::testing
