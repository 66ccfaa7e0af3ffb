// What every broadcaster must do without subscribers.
#include "tests/contract/contract.h"

#include <atomic>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/waiting.h"

namespace glitch_protocol::contract {
namespace {

std::vector<SessionEvent> everyKind() {
  SessionInfo info;
  info.id = SessionId("session-1");
  info.userId = UserId("user-1");
  return {SessionNewEvent{info}, SessionTerminatedEvent{info.id, "logout"},
          SessionsUpdatedEvent{{info, info}, 2}, SessionsUpdatedEvent{}};
}

}  // namespace

void broadcasterAcceptsEverything(SocketBroadcaster& broadcaster) {
  SECTION("every kind of event, to every target") {
    for (const SessionEvent& event : everyKind()) {
      CHECK_NOTHROW(broadcaster.emitToUser(UserId("user-1"), event));
      CHECK_NOTHROW(broadcaster.emitToUser(UserId(), event));
      CHECK_NOTHROW(broadcaster.emitToSocket(SocketId("gone"), event));
      CHECK_NOTHROW(broadcaster.emitToSocket(SocketId(), event));
    }
  }
  SECTION("from many threads") {
    std::atomic<int> thrown{0};
    atOnce(8, [&](std::size_t number) {
      try {
        for (int i = 0; i < 100; ++i)
          for (const SessionEvent& event : everyKind())
            broadcaster.emitToUser(UserId("user-" + std::to_string(number)), event);
      } catch (...) {
        ++thrown;
      }
    });
    CHECK(thrown == 0);
  }
}

}  // namespace glitch_protocol::contract
