// The broadcaster that discards all events.
#include "engine/socket_broadcaster.h"

namespace glitch_protocol::inline v1 {

namespace {

class NoopBroadcaster : public SocketBroadcaster {
 public:
  void emitToUser(const UserId&, const SessionEvent&) override {}
  void emitToSocket(const SocketId&, const SessionEvent&) override {}
};

}  // namespace

SocketBroadcaster& noopBroadcaster() {
  static NoopBroadcaster instance;
  return instance;
}

}  // namespace glitch_protocol::inline v1
