#include "web/connection/queued_events.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t placeInQueue = sizeof(QueuedEvents::Event);

}  // namespace

void QueuedEvents::add(const Event& event) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = ++holders_[event.get()] == 1;
  }
  budget_.add(placeInQueue + (first ? event->size() : 0));
}

void QueuedEvents::remove(const Event& event) {
  bool last = false;
  {
    const MutexLock lock(mutex_);
    const auto found = holders_.find(event.get());
    if (found == holders_.end()) return;  // add() ran out of memory for it
    last = --found->second == 0;
    if (last) holders_.erase(found);
  }
  budget_.subtract(placeInQueue + (last ? event->size() : 0));
}

std::size_t QueuedEvents::shareOf(const std::vector<Event>& queue) const {
  const MutexLock lock(mutex_);
  std::size_t bytes = 0;
  for (const Event& event : queue) {
    const auto found = holders_.find(event.get());
    if (found != holders_.end()) bytes += placeInQueue + event->size() / found->second;
  }
  return bytes;
}

}  // namespace glitch_protocol::web
