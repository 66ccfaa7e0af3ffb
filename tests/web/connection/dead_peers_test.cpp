// Tests with peers that vanish without FIN, reset or acknowledgement.
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "web/connection/address.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

const std::string streamGet = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";

void openStream(const Request& request, Answer&, Exchange& exchange) {
  if (request.path() == "/stream") exchange.stream = scriptedStream();
}

/// Makes the kernel drop everything sent to the client before TCP sees it, as if the machine of the client
/// were gone.
void vanish(const RawClient& client) {
  sock_filter dropAll{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &dropAll};
  REQUIRE(::setsockopt(client.descriptor(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
}

/// The server side of the client connection: both are in this process.
int serverEnd(const RawClient& client) {
  const std::string wanted = formatAddress(boundAddress(client.descriptor()));
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    SocketAddress peer;
    peer.length = sizeof peer.storage;
    if (::getpeername(descriptor, peer.get(), &peer.length) != 0 || peer.family() != AF_INET) continue;
    if (formatAddress(peer) == wanted) return descriptor;
  }
  return -1;
}

int optionOf(int socket, int level, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  ::getsockopt(socket, level, option, &value, &length);
  return value;
}

}  // namespace

TEST_CASE(
    "silent peers get TCP keep-alive probes, and the peer of a stream has until the second heartbeat to "
    "acknowledge") {
  TestServer server(openStream);
  RawClient client(server.address());
  CHECK(client.say(plainGet).answer().status == 200);
  const int socket = serverEnd(client);
  REQUIRE(socket >= 0);
  CHECK(optionOf(socket, SOL_SOCKET, SO_KEEPALIVE) == 1);
  const int idle = optionOf(socket, IPPROTO_TCP, TCP_KEEPIDLE);
  CHECK(idle + optionOf(socket, IPPROTO_TCP, TCP_KEEPINTVL) * optionOf(socket, IPPROTO_TCP, TCP_KEEPCNT) <
        40);
  // For a client that reads slowly the write deadline applies.
  CHECK(optionOf(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
  client.say(streamGet);
  CHECK(client.answer().status == 200);
  CHECK(eventually([&] { return optionOf(socket, IPPROTO_TCP, TCP_USER_TIMEOUT) == 15'000; }));
}

TEST_CASE("a stream whose peer has vanished ends after a heartbeat is not acknowledged") {
  ConnectionLimits limits = smallLimits();
  limits.heartbeat = 400ms;
  TestServer server(openStream, limits);
  RawClient client(server.address());
  CHECK(client.say(streamGet).answer().status == 200);
  REQUIRE(eventually([&] { return server.server.openStreams() == 1; }));
  vanish(client);
  server.pass(401ms);
  CHECK(eventually([&] { return server.server.openStreams() == 0 && server.server.openConnections() == 0; }));
}

}  // namespace glitch_protocol::web::testing
