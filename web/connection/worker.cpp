#include "web/connection/worker.h"

#include <sys/epoll.h>

#include "web/connection/attendant.h"

namespace glitch_protocol::web {
void runWorker(ServerParts& parts, const Wake& quit) {
  Attendant attendant(parts);
  for (;;) {
    // One event at a time: a second one would wait behind the first one's handler while other workers idle.
    epoll_event event{};
    if (::epoll_wait(parts.table.epoll(), &event, 1, -1) != 1) continue;
    if (event.data.fd == quit.descriptor()) return;
    attendant.attend(parts.table.take(event.data.fd, parts.clock()));
  }
}

}  // namespace glitch_protocol::web
