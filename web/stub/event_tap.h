// Records the events that a world broadcasts.
#pragma once

#include <string>

#include "engine/clock.h"
#include "engine/database_adapter.h"
#include "engine/socket_broadcaster.h"
#include "web/stub/waiting_log.h"

namespace glitch_protocol::web {

/// `json` is `{time, userId, email, event, data}`.
struct SeenEvent {
  std::string userId;
  std::string email;  ///< empty when the user no longer exists
  std::string json;
};

/// Records every event for the devices of a user and passes it on. Events for a single stream, such as its
/// initial list, are only passed on. *Thread-safe.*
class EventTap : public SocketBroadcaster {
 public:
  /// All arguments are borrowed and must outlive this.
  EventTap(SocketBroadcaster& next, DatabaseAdapter& database, const Clock& clock)
      : next_(next), database_(database), clock_(clock) {}

  void emitToUser(const UserId&, const SessionEvent&) override;
  void emitToSocket(const SocketId&, const SessionEvent&) override;

  WaitingLog<SeenEvent>& seen() { return seen_; }

 private:
  std::string emailOf(const UserId&) const;

  // constant after construction
  SocketBroadcaster& next_;
  DatabaseAdapter& database_;
  const Clock& clock_;
  // locks itself
  WaitingLog<SeenEvent> seen_;
};

}  // namespace glitch_protocol::web
