#include "web/connection/worker.h"

#include "web/connection/time_slices.h"

namespace glitch_protocol::web {

Worker::Worker(ServerParts& parts, const Wake& quit, std::size_t eventsAtOnce)
    : parts_(parts), quit_(quit), handler_(parts), events_(eventsAtOnce) {}

void Worker::run() {
  requestShortTimeSlices();
  for (;;) {
    const int count =
        ::epoll_wait(parts_.table.epoll(), events_.data(), static_cast<int>(events_.size()), -1);
    const auto now = parts_.clock();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      const int descriptor = event.data.fd;
      if (descriptor == quit_.descriptor()) return;
      if (descriptor == parts_.rollCall.descriptor()) {
        parts_.rollCall.respondAsWorker();
        continue;
      }
      if (const auto taken = parts_.table.take(event, now)) handler_.handleEvent(*taken, now);
    }
  }
}

}  // namespace glitch_protocol::web
