#include "web/connection/worker.h"

#include <sys/epoll.h>

#include <vector>

#include "web/connection/short_turns.h"

#include "web/connection/attendant.h"

namespace glitch_protocol::web {
void runWorker(ServerParts& parts, const Wake& quit, std::size_t eventsAtOnce) {
  takeShortTurns();
  Attendant attendant(parts);
  std::vector<epoll_event> events(eventsAtOnce);
  for (;;) {
    const int count = ::epoll_wait(parts.table.epoll(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == quit.descriptor()) return;
      const auto now = parts.clock();
      attendant.attend(parts.table.take(descriptor, now), now);
    }
  }
}

}  // namespace glitch_protocol::web
