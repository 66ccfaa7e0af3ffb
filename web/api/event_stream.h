// The text of the event stream (HTML standard, "Server-sent events"; http-api.md, "Events").
#pragma once

#include <string>

#include "engine/socket_broadcaster.h"
#include "engine/types.h"

namespace glitch_protocol::web {

/// What a stream begins with: how long to wait before reconnecting, and CONNECTED.
std::string formatConnected(const SocketId&, const SessionId&);

/// One event as a stream of the session `listening` gets it: `current` is true for that session.
std::string formatEvent(const SessionEvent&, const SessionId& listening);

}  // namespace glitch_protocol::web
