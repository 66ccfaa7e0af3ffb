// Counts events by the hour.
#include "engine/core/anonymous_events.h"

#include <string>
#include <utility>

namespace glitch_protocol::inline v1 {

std::vector<AuditEvent> AnonymousEvents::admit(AuditEvent event) {
  const MutexLock lock(mutex_);
  std::vector<AuditEvent> rows;
  if (isOver()) {
    if (auto count = takeCount()) rows.push_back(std::move(*count));
    begin_ = clock_.steadyNow();
    rows_ = 0;
  }
  if (rows_ < maxRowsPerHour) {
    ++rows_;
    rows.push_back(std::move(event));
  } else {
    ++uncollected_;
    ++counted_;
    last_ = std::move(event);
  }
  return rows;
}

std::optional<AuditEvent> AnonymousEvents::takeCount(Counts which) {
  const MutexLock lock(mutex_);
  return which == Counts::all || isOver() ? takeCount() : std::nullopt;
}

std::uint64_t AnonymousEvents::counted() const {
  const MutexLock lock(mutex_);
  return counted_;
}

bool AnonymousEvents::isOver() const {
  return !begin_ || clock_.steadyNow() - *begin_ >= std::chrono::hours{1};
}

std::optional<AuditEvent> AnonymousEvents::takeCount() {
  if (uncollected_ == 0) return std::nullopt;
  AuditEvent row;
  row.time = last_.time;
  row.event = last_.event;
  row.actor = Actor::server;
  row.client.userAgent = std::to_string(std::exchange(uncollected_, 0)) + " more for unknown accounts";
  return row;
}

}  // namespace glitch_protocol::inline v1
