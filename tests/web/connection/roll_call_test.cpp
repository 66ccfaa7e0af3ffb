// Tests of the check that the threads of a server still run.
#include <atomic>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::web::testing {

TEST_CASE("the threads of a server that is started respond, to each call again") {
  TestServer server(TestServer::Unstarted{}, {});
  CHECK_FALSE(server.server.threadsRespond());
  server.start();
  CHECK(eventually([&] { return server.server.threadsRespond(); }));
  for (int call = 0; call < 3; ++call) {
    CAPTURE(call);
    server.server.callThreads();
    CHECK(eventually([&] { return server.server.threadsRespond(); }));
  }
}

TEST_CASE("a server does not respond while all of its workers are blocked, and does as soon as one is not") {
  Gate gate;
  std::atomic<std::size_t> inside{0};
  ConnectionLimits limits = smallLimits();
  limits.workers = 2;
  TestServer server(
      [&](const auto&, auto& response, auto&) {
        ++inside;
        gate.pass();
        setText(response, "done");
      },
      limits);
  REQUIRE(eventually([&] { return server.server.threadsRespond(); }));
  RawClient first(server.address());
  first.say(plainGet);
  REQUIRE(eventually([&] { return inside == 1; }));
  server.server.callThreads();
  CHECK(eventually([&] { return server.server.threadsRespond(); }));
  RawClient second(server.address());
  second.say(plainGet);
  REQUIRE(eventually([&] { return inside == 2; }));
  server.server.callThreads();
  // Only the accepting thread can open the third connection, so it runs.
  RawClient third(server.address());
  third.say(plainGet);
  CHECK(eventually([&] { return server.server.openConnections() == 3; }));
  CHECK_FALSE(server.server.threadsRespond());
  gate.open();
  CHECK(eventually([&] { return server.server.threadsRespond(); }));
}

}  // namespace glitch_protocol::web::testing
