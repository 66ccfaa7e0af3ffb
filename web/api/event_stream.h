// Formats the text of event streams (HTML standard, "Server-sent events"; the events are in openapi.json).
#pragma once

#include <string>

#include "engine/socket_broadcaster.h"
#include "engine/types.h"

namespace glitch_protocol::web {

/// The start of every stream: the time to wait before reconnecting, and CONNECTED.
std::string formatConnected(const SocketId&, const SessionId&);

/// One event as the stream of the session `listening` receives it: `current` is true for that session.
std::string formatEvent(const SessionEvent&, const SessionId& listening);

}  // namespace glitch_protocol::web
