// The loop of a worker thread.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <vector>

#include "web/connection/connection_handler.h"
#include "web/connection/server_parts.h"
#include "web/http/wake.h"

namespace glitch_protocol::web {

/// Runs on one worker thread. Constructed before the thread starts, so that running out of memory can be
/// reported. *One thread at a time.*
class Worker {
 public:
  /// Each system call fetches up to `eventsAtOnce` events, at least 1; all but the first wait for the handler
  /// of those before, even if another worker is idle. `parts` and `quit` must outlive this.
  Worker(ServerParts& parts, const Wake& quit, std::size_t eventsAtOnce);

  /// Handles events of the shared epoll. Returns after `quit` has been signalled, which the same epoll must
  /// watch; every worker sees the signal. Does not throw.
  void run();

 private:
  ServerParts& parts_;
  const Wake& quit_;
  ConnectionHandler handler_;
  std::vector<epoll_event> events_;
};

}  // namespace glitch_protocol::web
