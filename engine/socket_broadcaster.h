// The engine's port to whoever is listening: typed events for a user's devices. web/ turns them into
// server-sent events.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "types.h"

namespace glitch_protocol {

/// A device has signed in.
struct SessionNewEvent {
  SessionInfo session;
};

/// This session has ended. Whoever listens for it should stop listening after this event.
struct SessionTerminatedEvent {
  SessionId sessionId;
  std::string reason;  ///< one of end_reasons.h, or the caller's
};

/// The user's live sessions as they are now: the first maxSessionsPerPage of them, and how many there are.
struct SessionsUpdatedEvent {
  std::vector<SessionInfo> sessions;
  std::uint64_t total = 0;
};

using SessionEvent = std::variant<SessionNewEvent, SessionTerminatedEvent, SessionsUpdatedEvent>;

/// Somebody listens for this session: an open event stream.
struct Listener {
  UserId userId;
  SessionId sessionId;
};

/// Delivers events, best effort. *Thread-safe.* Calls do not block and do not throw.
class SocketBroadcaster {
 public:
  virtual ~SocketBroadcaster() = default;

  /// To every stream of the user. A SessionTerminatedEvent concerns only the streams of the session it names:
  /// they get it and close; the user's other streams do not see it.
  virtual void emitToUser(const UserId&, const SessionEvent&) = 0;
  /// To one stream; nothing happens when it is gone.
  virtual void emitToSocket(const SocketId&, const SessionEvent&) = 0;
};

/// A broadcaster that nobody listens to. Valid for the life of the process.
SocketBroadcaster& noopBroadcaster();

}  // namespace glitch_protocol
