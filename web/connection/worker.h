#pragma once

#include "web/connection/server_parts.h"
#include "web/connection/wake.h"

namespace glitch_protocol::web {

/// The loop of one worker thread: waits for events of the shared epoll and attends to the connections.
/// Returns after `quit` has been signalled, which must be watched by the same epoll; every worker sees it.
void runWorker(ServerParts& parts, const Wake& quit);

}  // namespace glitch_protocol::web
