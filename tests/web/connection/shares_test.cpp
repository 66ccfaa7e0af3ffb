// Tests of the shares of connections of addresses, and of eviction at the cap.
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "web/connection/address.h"
#include "web/connection/address_shares.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

const std::string halfHead = "GET /x HTTP/1.1\r\nHost: a\r\n";
const std::string streamGet = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";

/// A client with the address 127.0.0.<host>.
RawClient clientFrom(const TestServer& server, int host) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketAddress own = parseAddress("127.0.0." + std::to_string(host) + ":0");
  REQUIRE(::bind(socket.get(), own.get(), own.length) == 0);
  return RawClient(server.address(), std::move(socket));
}

void streamOrAnswer(const Request& request, Answer&, Exchange& exchange) {
  if (request.path() == "/stream") exchange.stream = scriptedStream();
}

/// Limits every address except 127.0.0.9.
ConnectionLimits limitsWith(std::size_t total, std::size_t perAddress) {
  ConnectionLimits limits = smallLimits();
  limits.maxConnections = total;
  limits.maxConnectionsPerAddress = perAddress;
  limits.shareOf = [](std::string_view peer) { return std::string(peer == "127.0.0.9" ? "" : peer); };
  return limits;
}

/// After this the client has been answered once, so its connection is idle or about to be.
RawClient idleClient(TestServer& server, int host) {
  RawClient client = clientFrom(server, host);
  CHECK(client.say(plainGet).answer().status == 200);
  return client;
}

}  // namespace

TEST_CASE("a share counts places, releases them, and keeps no entry without places") {
  AddressShares shares;
  {
    AddressShares::Place first = shares.take("a", 2);
    const AddressShares::Place second = shares.take("a", 2);
    CHECK(first);
    CHECK(second);
    CHECK_FALSE(shares.take("a", 2));
    CHECK(shares.take("b", 2));
    const AddressShares::Place moved = std::move(first);
    CHECK(shares.held("a") == 2);
  }
  CHECK(shares.held("a") == 0);
  CHECK(shares.take("a", 1));
}

TEST_CASE("an address that has used up its share gets 503 and is closed; others are served") {
  TestServer server(streamOrAnswer, limitsWith(100, 3));
  std::vector<RawClient> mine;
  mine.push_back(idleClient(server, 1));
  mine.push_back(clientFrom(server, 1));
  mine.back().say(streamGet);
  CHECK(mine.back().answer().status == 200);
  mine.push_back(clientFrom(server, 1));
  mine.back().say(halfHead);

  RawClient fourth = clientFrom(server, 1);
  const auto refused = fourth.say(plainGet).answer();
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "1");
  CHECK(fourth.closed());
  CHECK(server.server.pressure().refusedForShare == 1);
  CHECK(idleClient(server, 2).isOpen());

  // An ended stream releases its place like any other connection.
  mine.erase(mine.begin() + 1);
  CHECK(eventually([&] { return clientFrom(server, 1).say(plainGet).answer().status == 200; }));
  for (const RawClient& client : mine) CHECK(client.isOpen());
}

TEST_CASE("the default share of an address is a quarter of the effective maximum of connections") {
  TestServer server({}, limitsWith(8, 0));
  const RawClient first = idleClient(server, 1);
  const RawClient second = idleClient(server, 1);
  CHECK(clientFrom(server, 1).say(plainGet).answer().status == 503);
  CHECK(clientFrom(server, 2).say(plainGet).answer().status == 200);
}

TEST_CASE("peers without a share may use all connections") {
  TestServer server({}, limitsWith(8, 1));
  std::vector<RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(idleClient(server, 9));
  for (const RawClient& client : clients) CHECK(client.isOpen());
}

TEST_CASE("an address that is refused repeatedly takes no places from others") {
  TestServer server({}, limitsWith(4, 1));
  const RawClient holder = idleClient(server, 1);
  // Refused connections stay open briefly, since their clients may still be sending.
  std::vector<RawClient> refused;
  for (int i = 0; i < 200; ++i) refused.push_back(clientFrom(server, 1));
  CHECK(eventually([&] { return server.server.pressure().refusedForShare == 200; }));
  std::vector<RawClient> others;
  for (int host = 2; host < 5; ++host) others.push_back(idleClient(server, host));
  CHECK(holder.isOpen());
  CHECK(server.server.pressure().evicted == 0);
  CHECK(server.server.openConnections() <= 4 + 64);
}

TEST_CASE("at the cap the connection that has been idle longest is evicted, but no streams or requests") {
  TestServer server(streamOrAnswer, limitsWith(5, 5));
  RawClient stream = clientFrom(server, 2);
  CHECK(stream.say(streamGet).answer().status == 200);
  RawClient busy = clientFrom(server, 2);
  busy.say(
      "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
      "Content-Type: application/json\r\n\r\n");
  CHECK(busy.hears("100 Continue\r\n\r\n"));
  // A connection is idle only some time after its client has the answer.
  const auto areIdle = [&](std::size_t count) {
    return eventually([&] { return server.server.idleConnections() == count; });
  };
  server.clock.advance(1s);
  RawClient oldest = idleClient(server, 3);
  REQUIRE(areIdle(1));
  server.clock.advance(5s);
  RawClient silent = clientFrom(server, 4);
  REQUIRE(areIdle(2));
  server.clock.advance(1s);
  RawClient youngest = idleClient(server, 5);
  REQUIRE(areIdle(3));

  server.clock.advance(1s);
  RawClient next = idleClient(server, 6);
  CHECK(oldest.closed());
  REQUIRE(areIdle(3));
  CHECK(silent.isOpen());
  server.clock.advance(1s);
  RawClient afterNext = idleClient(server, 7);
  CHECK(silent.closed());
  CHECK(youngest.isOpen());
  CHECK(next.isOpen());
  CHECK(server.server.pressure().evicted == 2);
  CHECK(stream.isOpen());
  CHECK(busy.say("b").answer().status == 200);
}

TEST_CASE("a thousand clients at a cap of twenty are all served, each by evicting an idle one") {
  TestServer server({}, limitsWith(20, 20));
  std::vector<RawClient> clients;
  int served = 0;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(clientFrom(server, 1 + i % 50));
    served += clients.back().say(plainGet).answer().status == 200;
  }
  CHECK(served == 1000);
  CHECK(server.server.openConnections() <= 20 + 32);
  CHECK(server.server.pressure().evicted >= 1000 - 20 - 32);
}

}  // namespace glitch_protocol::web::testing
