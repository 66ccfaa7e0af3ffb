#include "web/connection/connection_table.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace glitch_protocol::web {
namespace {

epoll_event eventOf(int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.fd = descriptor;
  return event;
}

std::uint32_t eventsOf(ConnectionTable::Interest interest) {
  switch (interest) {
    case ConnectionTable::Interest::readable:
      return EPOLLIN;
    case ConnectionTable::Interest::writable:
      return EPOLLOUT;
    case ConnectionTable::Interest::soon:
      break;
  }
  return EPOLLIN | EPOLLOUT;  // an open socket with nothing unsent is writable at once
}

/// Nothing of a request has come that would deserve an answer.
bool isIdle(const Connection& connection) {
  const bool waitsForFirstByte = connection.phase == Phase::head && connection.received.empty();
  return connection.phase == Phase::idle || connection.phase == Phase::handshaking || waitsForFirstByte;
}

}  // namespace

ConnectionTable::ConnectionTable(std::size_t slots) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), slots_(slots) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

bool ConnectionTable::add(std::unique_ptr<Connection> owned) {
  const int descriptor = owned->transport.descriptor();
  if (static_cast<std::size_t>(descriptor) >= slots_.size()) return false;
  Connection& connection = *owned;
  {
    const std::lock_guard lock(mutex_);  // whoever had the number before is done with the slot
    slotOf(descriptor).connection = std::move(owned);
  }
  open_.fetch_add(1);
  prepare(connection);
  // From this call on the connection is another thread's, unless the call fails.
  epoll_event event = eventOf(descriptor, EPOLLIN);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0) return true;
  release(connection);
  return false;
}

ConnectionTable::Taken ConnectionTable::take(int descriptor, TimePoint now) {
  Slot& slot = slotOf(descriptor);
  slot.idle.store(false, std::memory_order_relaxed);
  const std::int64_t deadline = slot.deadline.exchange(unset);
  const bool expired = deadline <= now.time_since_epoch().count();
  return {*slot.connection, expired ? Timeliness::expired : Timeliness::inTime};
}

void ConnectionTable::arm(Connection& connection, Interest interest) {
  const int descriptor = connection.transport.descriptor();
  prepare(connection);
  // From this call on the connection is another thread's.
  epoll_event event = eventOf(descriptor, eventsOf(interest));
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

/// Sets what others may look at while the connection is armed.
void ConnectionTable::prepare(const Connection& connection) {
  const int descriptor = connection.transport.descriptor();
  Slot& slot = slotOf(descriptor);
  if (isIdle(connection)) {
    slot.idle.store(true);
    // Either endIdle finds the mark just made, or this finds that endIdle has begun.
    if (ending_.load()) ::shutdown(descriptor, SHUT_RD);
  }
  slot.deadline.store(connection.deadline.time_since_epoch().count());
  if (endingAll_.load()) ::shutdown(descriptor, SHUT_RDWR);
}

void ConnectionTable::release(Connection& connection) {
  Slot& slot = slotOf(connection.transport.descriptor());
  {
    const std::lock_guard lock(mutex_);
    slot.deadline.store(unset);
    slot.idle.store(false);
    slot.connection.reset();  // closing takes the socket out of the epoll
  }
  leaveOne();
}

std::unique_ptr<Connection> ConnectionTable::detach(Connection& connection) {
  const int descriptor = connection.transport.descriptor();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  const std::lock_guard lock(mutex_);  // an `expire` that saw its deadline is past its shutdown now
  return std::move(slotOf(descriptor).connection);
}

void ConnectionTable::forget() {
  leaveOne();
}

void ConnectionTable::leaveOne() {
  if (open_.fetch_sub(1) > 1) return;
  const std::lock_guard lock(mutex_);
  emptied_.notify_all();
}

template <class Condition>
void ConnectionTable::shutDownWhere(int how, Condition condition) {
  const std::lock_guard lock(mutex_);
  for (std::size_t descriptor = 0; descriptor < slots_.size(); ++descriptor) {
    if (condition(slots_[descriptor])) ::shutdown(static_cast<int>(descriptor), how);
  }
}

void ConnectionTable::expire(TimePoint now) {
  const std::int64_t latest = now.time_since_epoch().count();
  shutDownWhere(SHUT_RDWR,
                [&](const Slot& slot) { return slot.deadline.load(std::memory_order_relaxed) <= latest; });
}

void ConnectionTable::endIdle() {
  ending_.store(true);
  shutDownWhere(SHUT_RD, [](const Slot& slot) { return slot.idle.load(); });
}

void ConnectionTable::endAll() {
  ending_.store(true);
  endingAll_.store(true);
  shutDownWhere(SHUT_RDWR, [](const Slot& slot) { return slot.deadline.load() != unset; });
}

bool ConnectionTable::waitUntilEmpty(TimePoint latest) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, latest, [&] { return open_.load() == 0; });
}

}  // namespace glitch_protocol::web
