#pragma once

#include <cstddef>

#include "web/connection/server_parts.h"
#include "web/connection/wake.h"

namespace glitch_protocol::web {

/// The loop of one worker thread: waits for events of the shared epoll and attends to the connections.
/// Returns after `quit` has been signalled, which must be watched by the same epoll; every worker sees it.
/// `eventsAtOnce`, at least 1, are fetched by one system call; those behind the first wait for its handler,
/// perhaps while another worker idles.
void runWorker(ServerParts& parts, const Wake& quit, std::size_t eventsAtOnce);

}  // namespace glitch_protocol::web
