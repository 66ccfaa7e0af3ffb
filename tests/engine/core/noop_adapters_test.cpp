// Tests of the adapters that do nothing.
#include <chrono>

#include "engine/cache_adapter.h"
#include "engine/socket_broadcaster.h"
#include "tests/catch.h"

namespace glitch_protocol {

using namespace std::chrono_literals;

TEST_CASE("the no-op cache stores nothing") {
  noopCache().set("key", "value", 1h);
  CHECK_FALSE(noopCache().get("key").has_value());
  CHECK_NOTHROW(noopCache().remove("key"));
  CHECK_NOTHROW(noopCache().removeMany({"key", "other"}));
  CHECK(noopCache().isAvailable());
}

TEST_CASE("the no-op cache grants every lock, even one that is held") {
  CHECK(noopCache().acquireLock("cleanup", 1h));
  CHECK(noopCache().acquireLock("cleanup", 1h));
  CHECK_NOTHROW(noopCache().releaseLock("cleanup"));
}

TEST_CASE("the no-op broadcaster accepts every event") {
  CHECK_NOTHROW(noopBroadcaster().emitToUser(UserId("user"), SessionsUpdatedEvent{}));
  CHECK_NOTHROW(noopBroadcaster().emitToSocket(SocketId("socket"), SessionTerminatedEvent{}));
}

}  // namespace glitch_protocol
