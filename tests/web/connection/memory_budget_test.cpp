// Tests of the memory budget of the connection layer.
#include <sys/socket.h>

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"
#include "web/connection/memory_budget.h"
#include "web/connection/queued_events.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;

/// A client with a small receive buffer, so that unread bytes stay with the server.
RawClient narrowClient(const TestServer& server) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int bytes = 128 * 1024;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  return RawClient(server.address(), std::move(socket));
}

std::string get(const std::string& path) {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}
std::string post(const std::string& path, std::size_t bodyBytes) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(bodyBytes) + "\r\n\r\n" + std::string(bodyBytes, 'b');
}

/// Answers /<n> with n KiB, and opens a stream at every path that begins with /stream. *Thread-safe.*
class SizedServer {
 public:
  explicit SizedServer(ConnectionLimits limits)
      : server([this](const auto& request, auto& response,
                      auto& exchange) { handle(request, response, exchange); },
               limits) {}

  std::size_t held() const { return server.server.pressure().heldBytes; }
  std::size_t closed() const { return server.server.pressure().closedForMemory; }
  std::shared_ptr<EventSink> sink(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = sinks_.find(path);
    return found == sinks_.end() ? nullptr : found->second;
  }
  RawClient openStream(const std::string& path) {
    RawClient client = narrowClient(server);
    client.say(get(path));
    REQUIRE(client.hears("\r\n\r\n"));
    REQUIRE(eventually([&] { return sink(path) != nullptr; }));
    return client;
  }

 private:
  void handle(const Request& request, Answer& response, Exchange& exchange) {
    if (!request.path().starts_with("/stream")) {
      setText(response, std::string(std::stoul(std::string(request.path().substr(1))) * KiB, 'x'));
      return;
    }
    exchange.stream = scriptedStream(
        [this, path = std::string(request.path())](std::shared_ptr<EventSink> sink) {
          const std::lock_guard lock(mutex_);
          sinks_[path] = std::move(sink);
        },
        {});
  }

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<EventSink>> sinks_;

 public:
  TestServer server;
};

ConnectionLimits limitsWith(std::size_t memory) {
  ConnectionLimits limits = smallLimits();
  limits.memory = memory;
  limits.streamBufferBytes = 64 * MiB;
  limits.heartbeat = 1h;  // long, so that stalled readers are not closed on a slow machine
  return limits;
}

}  // namespace

TEST_CASE("an event that many queues share is charged once and released with the last queue") {
  MemoryBudget budget(10 * MiB);
  QueuedEvents events(budget);
  const auto event = std::make_shared<const std::string>(100 * KiB, 'x');
  for (int i = 0; i < 1000; ++i) events.add(event);
  CHECK(budget.held() == 100 * KiB + 1000 * sizeof(event));
  CHECK(events.shareOf({event}) == 100 * KiB / 1000 + sizeof(event));
  for (int i = 0; i < 999; ++i) events.remove(event);
  CHECK(budget.held() == 100 * KiB + sizeof(event));
  events.remove(event);
  CHECK(budget.held() == 0);
}

TEST_CASE("the alarm is raised once until it is re-armed") {
  int alarms = 0;
  MemoryBudget budget(100, [&] { ++alarms; });
  budget.add(100);
  CHECK(alarms == 0);
  budget.add(1);
  budget.add(1);
  CHECK(alarms == 1);
  budget.watch();
  budget.add(1);
  CHECK(alarms == 2);
  CHECK_FALSE(budget.hasRoomFor(0));
  budget.subtract(103);
  CHECK(budget.held() == 0);
}

TEST_CASE("a connection without unanswered requests holds no memory") {
  SizedServer sized(limitsWith(64 * MiB));
  RawClient client = narrowClient(sized.server);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += post("/20", 4000);
  // The answers fill the sockets while more requests wait.
  std::thread sender([&] { client.say(requests); });
  CHECK(eventually([&] { return sized.held() > 0; }));
  for (int i = 0; i < 100; ++i) {
    CAPTURE(i);
    CHECK(client.answer().body.size() == 20 * KiB);
  }
  sender.join();
  CHECK(eventually([&] { return sized.held() == 0; }));
}

TEST_CASE("for a client that sends requests and reads nothing, one answer and one read are held") {
  SizedServer sized(limitsWith(64 * MiB));
  RawClient client = narrowClient(sized.server);
  std::string requests;
  for (int i = 0; i < 4000; ++i) requests += get("/16");
  std::thread sender([&] { client.say(requests); });
  CHECK(eventually([&] { return sized.held() > 0; }));
  CHECK(sized.held() < 16 * KiB + 1 * KiB + 4 * KiB + 2);  // the body, its header, the read
  client.reset();
  sender.join();
  CHECK(eventually([&] { return sized.held() == 0; }));
}

TEST_CASE("beyond the budget only the connection that holds most is closed, at once") {
  SizedServer sized(limitsWith(1 * MiB));
  RawClient stream = sized.openStream("/stream");
  RawClient modest = narrowClient(sized.server);
  modest.say(get("/700"));
  REQUIRE(eventually([&] { return sized.held() > 0; }));
  RawClient greedy = narrowClient(sized.server);
  greedy.say(get("/8192"));
  CHECK(eventually([&] { return sized.closed() == 1; }));
  CHECK(greedy.rest().size() < 8 * MiB);
  CHECK(eventually([&] { return sized.server.logLines.count("memory_relieved budget=1048576") == 1; }));
  CHECK(eventually([&] { return sized.held() < 1 * MiB; }));
  CHECK(modest.answer().body.size() == 700 * KiB);
  sized.sink("/stream")->send(std::make_shared<const std::string>("news\n"));
  CHECK(stream.hears("news\n"));
  CHECK(statusOf(sized.server.address(), get("/1")) == 200);
}

TEST_CASE("beyond the budget connections with incomplete headers are closed too") {
  SizedServer sized(limitsWith(64 * KiB));
  std::vector<RawClient> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(RawClient(sized.server.address()));
    clients.back().say("GET /1 HTTP/1.1\r\nHost: a\r\nA: " + std::string(12 * KiB, 'x'));
  }
  CHECK(eventually([&] { return sized.closed() >= 5; }));
  CHECK(eventually([&] { return sized.held() <= 64 * KiB; }));
  CHECK(sized.closed() < 10);
  CHECK(statusOf(sized.server.address(), get("/1")) == 200);
}

TEST_CASE("one broadcast to many stalled readers stays within the budget; different events for one do not") {
  SizedServer sized(limitsWith(2 * MiB));
  std::vector<RawClient> readers;
  for (int i = 0; i < 12; ++i) readers.push_back(sized.openStream("/stream" + std::to_string(i)));
  const auto shared = std::make_shared<const std::string>(1 * MiB, 'x');
  for (int i = 0; i < 12; ++i) sized.sink("/stream" + std::to_string(i))->send(shared);
  CHECK(eventually([&] { return sized.held() > 1 * MiB; }));
  CHECK(sized.closed() == 0);
  SECTION("only that one is closed") {
    sized.sink("/stream7")->send(std::make_shared<const std::string>(3 * MiB, 'y'));
    CHECK(readers[7].rest().size() < 1 * MiB);
    CHECK(eventually([&] { return sized.closed() == 1; }));
  }
  readers[7].reset();
  for (int i = 0; i < 12; ++i)
    sized.sink("/stream" + std::to_string(i))->send(std::make_shared<const std::string>("end\n"));
  int heard = 0;
  for (int i = 0; i < 12; ++i) heard += i != 7 && readers[static_cast<std::size_t>(i)].hears("end\n");
  CHECK(heard == 11);
  CHECK(eventually([&] { return sized.held() == 0; }));
}

TEST_CASE("while the budget is used up, bodies that must be kept get 503, and everything else is served") {
  Gate gate;
  ConnectionLimits limits = smallLimits();
  limits.memory = 40 * KiB;
  TestServer server(
      [&](const Request& request, Answer&, Exchange&) {
        if (request.path() == "/slow") gate.pass();
      },
      limits);
  std::vector<RawClient> waiting;
  for (int i = 0; i < 2; ++i) {
    CAPTURE(i);
    waiting.push_back(RawClient(server.address()));
    waiting.back().say(post("/slow", 16 * KiB));
    REQUIRE(eventually(
        [&] { return server.server.pressure().heldBytes > static_cast<std::size_t>(i + 1) * 16 * KiB; }));
  }
  RawClient complete(server.address());
  const auto refused = complete.say(post("/slow", 16 * KiB)).answer();
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "1");
  CHECK(refused.body.find("SERVER_BUSY") != std::string::npos);
  RawClient half(server.address());
  CHECK(half.say(post("/x", 16 * KiB).substr(0, 200)).answer().status == 503);
  CHECK(statusOf(server.address(), get("/x")) == 200);
  CHECK(statusOf(server.address(), post("/x", 100)) == 200);
  gate.open();
  for (RawClient& client : waiting) CHECK(client.answer().status == 200);
  CHECK(eventually([&] { return server.server.pressure().heldBytes == 0; }));
  CHECK(statusOf(server.address(), post("/slow", 16 * KiB)) == 200);
}

}  // namespace glitch_protocol::web::testing
