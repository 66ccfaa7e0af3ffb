#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <vector>

#include "web/connection/connection_handler.h"
#include "web/connection/server_parts.h"
#include "web/http/wake.h"

namespace glitch_protocol::web {

/// What one worker thread runs. Made before its thread starts, so that a lack of memory is met where it can be
/// reported. *One thread at a time.*
class Worker {
 public:
  /// `eventsAtOnce`, at least 1, are fetched by one system call; those behind the first wait for its handler,
  /// perhaps while another worker idles. `parts` and `quit` must outlive this.
  Worker(ServerParts& parts, const Wake& quit, std::size_t eventsAtOnce);

  /// Waits for events of the shared epoll and attends to the connections. Returns after `quit` has been
  /// signalled, which must be watched by the same epoll; every worker sees it. Does not throw.
  void run();

 private:
  ServerParts& parts_;
  const Wake& quit_;
  ConnectionHandler handler_;
  std::vector<epoll_event> events_;
};

}  // namespace glitch_protocol::web
