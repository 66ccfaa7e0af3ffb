// The executable form of engine/socket_broadcaster.h, as far as it holds without a listener.
#pragma once

#include "engine/socket_broadcaster.h"

namespace glitch_protocol::contract {

/// Emitting never throws and may be done by any thread, to users and streams that nobody has heard of.
void broadcasterTakesEverything(SocketBroadcaster& broadcaster);

}  // namespace glitch_protocol::contract
