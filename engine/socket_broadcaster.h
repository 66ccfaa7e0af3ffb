// The port that delivers events to the devices of a user. web/ sends them as server-sent events.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A new session has been created.
struct SessionNewEvent {
  SessionInfo session;
};

/// This session has ended. Its streams should close after this event.
struct SessionTerminatedEvent {
  SessionId sessionId;
  std::string reason;  ///< one of end_reasons.h, or a reason given by the caller
};

/// The user's current live sessions: the first maxSessionsPerPage of them, and their total number.
struct SessionsUpdatedEvent {
  std::vector<SessionInfo> sessions;
  std::uint64_t total = 0;
};

using SessionEvent = std::variant<SessionNewEvent, SessionTerminatedEvent, SessionsUpdatedEvent>;

/// An open event stream of a session.
struct Listener {
  UserId userId;
  SessionId sessionId;
};

/// Delivers events on a best-effort basis. *Thread-safe.* Calls do not block and do not throw.
class SocketBroadcaster {
 public:
  virtual ~SocketBroadcaster() = default;

  /// Sends the event to all streams of the user; a SessionTerminatedEvent only to the streams of the session that it
  /// names, which then close.
  virtual void emitToUser(const UserId&, const SessionEvent&) = 0;
  /// Sends the event to one stream. Has no effect if the stream has closed.
  virtual void emitToSocket(const SocketId&, const SessionEvent&) = 0;
};

/// A broadcaster that discards all events. Valid until the process ends.
SocketBroadcaster& noopBroadcaster();

}  // namespace v1
}  // namespace glitch_protocol
