// Tests of listeners on TCP, on Unix sockets and from systemd.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "web/connection/address.h"
#include "web/connection/listener.h"

namespace glitch_protocol::web::testing {
namespace {

void tellPeer(const Request&, Answer& response, Exchange& exchange) {
  setText(response, exchange.peer.address + (exchange.peer.secure ? " secure" : " plain"));
}

std::string peerSeenOn(const std::string& address) {
  return RawClient(address).say(plainGet).answer().body;
}

std::string reasonOf(const std::string& address) {
  try {
    Listener listener(address);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a server listens on several addresses and reports the address of a client") {
  TemporaryDirectory directory;
  TestServer server(TestServer::Unstarted{}, tellPeer);
  server.server.listen("127.0.0.1:0");
  server.server.listen("[::1]:0");
  server.server.listen("unix:" + directory.file("socket"));
  server.server.start();
  const auto addresses = server.server.addresses();
  REQUIRE(addresses.size() == 3);
  CHECK(addresses[0] != "127.0.0.1:0");
  CHECK(peerSeenOn(addresses[0]) == "127.0.0.1 plain");
  CHECK(peerSeenOn(addresses[1]) == "::1 plain");
  CHECK(addresses[2] == "unix:" + directory.file("socket"));
  CHECK(peerSeenOn(addresses[2]) == "unix plain");
}

TEST_CASE("an IPv4 client of an IPv6 listener is reported with its IPv4 address") {
  TestServer server(TestServer::Unstarted{}, tellPeer);
  server.server.listen("[::]:0");
  server.server.start();
  const std::string address = server.address();
  CHECK(peerSeenOn("127.0.0.1" + address.substr(address.rfind(':'))) == "127.0.0.1 plain");
}

TEST_CASE("a second server on the same port fails to start") {
  TestServer server;
  CHECK(reasonOf(server.address()).find("Is another server running there?") != std::string::npos);
}

TEST_CASE("a port can be used again as soon as a server has stopped") {
  std::string address;
  {
    TestServer server;
    address = server.address();
    RawClient client(address);
    CHECK(client.say("GET /x HTTP/1.0\r\n\r\n").answer().status == 200);
  }
  CHECK(reasonOf(address).empty());
}

TEST_CASE("a Unix socket has mode 0660 and is removed with its server") {
  TemporaryDirectory directory;
  const std::string file = directory.file("socket");
  struct stat status {};
  {
    const Listener listener("unix:" + file);
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0660U);
  }
  CHECK(::stat(file.c_str(), &status) != 0);
}

TEST_CASE("a stale Unix socket is replaced; a live one and any other file are not") {
  TemporaryDirectory directory;
  const std::string file = directory.file("socket");
  SECTION("stale") {
    const SocketAddress address = parseAddress("unix:" + file);
    const Descriptor abandoned(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(abandoned.get(), address.get(), address.length) == 0);
    CHECK(reasonOf("unix:" + file).empty());
  }
  SECTION("live") {
    const Listener listener("unix:" + file);
    CHECK(reasonOf("unix:" + file).find("Is another server running there?") != std::string::npos);
    CHECK_NOTHROW(RawClient("unix:" + file));
  }
  SECTION("another file") {
    std::ofstream(file) << "precious";
    CHECK(reasonOf("unix:" + file).find("is not a socket") != std::string::npos);
    std::string content;
    std::ifstream(file) >> content;
    CHECK(content == "precious");
  }
}

TEST_CASE("an invalid address is refused with a sentence that shows the valid forms") {
  for (const char* address :
       {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
        "999.0.0.1:80", "::1:80", "[::1:80", "[127.0.0.1]:80", "example.org:80", "unix:"}) {
    INFO(address);
    CHECK(reasonOf(address).find("unix:/run/") != std::string::npos);
  }
  CHECK(reasonOf("unix:/" + std::string(200, 'x')).find("at most 107 characters") != std::string::npos);
  CHECK(reasonOf("unix:/nonexistent/socket").find("Cannot listen on unix:/nonexistent/socket: ") == 0);
}

TEST_CASE("addresses are printed in the form in which they are read") {
  for (const char* address : {"127.0.0.1:8080", "[::1]:0", "[2001:db8::1]:443", "unix:/run/x.sock"}) {
    CAPTURE(address);
    CHECK(formatAddress(parseAddress(address)) == address);
  }
  CHECK(formatPeer(parseAddress("[::ffff:203.0.113.7]:1")) == "203.0.113.7");
  CHECK(formatPeer(parseAddress("[2001:DB8:0::1]:1")) == "2001:db8::1");
}

TEST_CASE("sockets passed by systemd are served, and their files are not removed") {
  TemporaryDirectory directory;
  const std::string file = directory.file("socket");
  const SocketAddress address = parseAddress("unix:" + file);
  const Descriptor passed(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::bind(passed.get(), address.get(), address.length) == 0);
  REQUIRE(::listen(passed.get(), 8) == 0);
  {
    TestServer server(TestServer::Unstarted{}, tellPeer);
    // Descriptor 3 is in use in this process, so it is replaced only while the socket is passed.
    const Descriptor lent(::fcntl(3, F_DUPFD_CLOEXEC, 100));
    const bool wasPassed = passed.get() == 3;
    if (!wasPassed) REQUIRE(::dup2(passed.get(), 3) == 3);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    server.server.adoptSystemdSockets();
    CHECK(std::getenv("LISTEN_FDS") == nullptr);
    REQUIRE(server.server.addresses().size() == 1);
    CHECK(server.address() == "unix:" + file);
    server.server.start();
    CHECK(peerSeenOn(server.address()) == "unix plain");
    server.server.stop(std::chrono::seconds(20));
    if (lent) ::dup2(lent.get(), 3);
  }
  struct stat status {};
  CHECK(::stat(file.c_str(), &status) == 0);
}

TEST_CASE(
    "sockets for another process are ignored, and descriptors that are not listening sockets are refused") {
  TestServer server(TestServer::Unstarted{}, tellPeer);
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  server.server.adoptSystemdSockets();
  CHECK(server.server.addresses().empty());
  CHECK_THROWS_AS(Listener(Descriptor(::socket(AF_INET, SOCK_STREAM, 0))), std::runtime_error);
  CHECK_THROWS_AS(Listener(Descriptor(::open("/dev/null", O_RDONLY))), std::runtime_error);
}

}  // namespace glitch_protocol::web::testing
