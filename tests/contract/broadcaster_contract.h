// The executable form of engine/socket_broadcaster.h, as far as it can be tested without a subscriber.
#pragma once

#include "engine/socket_broadcaster.h"

namespace glitch_protocol::contract {

/// Emitting never throws, from any thread, also to unknown users and streams.
void broadcasterAcceptsEverything(SocketBroadcaster& broadcaster);

}  // namespace glitch_protocol::contract
