#include "web/connection/connection_table.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace glitch_protocol::web {
namespace {

constexpr std::uint32_t arrivals = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t endings = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

epoll_event eventOf(int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  return event;
}

constexpr std::size_t oldestAtOnce = 64;

}  // namespace

ConnectionTable::ConnectionTable(std::size_t slots, IdleTimes idleTimes)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), idleTimes_(idleTimes), slots_(slots) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

bool ConnectionTable::add(std::unique_ptr<Connection> owned) {
  const int descriptor = owned->transport.descriptor();
  if (static_cast<std::size_t>(descriptor) >= slots_.size()) return false;
  Connection& connection = *owned;
  {
    const MutexLock lock(mutex_);  // the previous connection with this number has left the slot
    slotOf(descriptor).connection = std::move(owned);
  }
  open_.fetch_add(1);
  prepare(connection);
  epoll_event event = eventOf(descriptor, arrivals);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    release(connection);
    return false;
  }
  giveUp(descriptor, Report::changes);
  return true;
}

std::optional<ConnectionTable::Taken> ConnectionTable::take(const epoll_event& event, TimePoint now) {
  Slot& slot = slotOf(event.data.fd);
  Turn turn = Turn::armed;
  while (!slot.turn.compare_exchange_weak(turn, turn == Turn::armed ? Turn::taken : Turn::missed)) {
  }
  if (turn != Turn::armed) return std::nullopt;
  slot.idleness.store(Idleness::none, std::memory_order_relaxed);
  const std::int64_t deadline = slot.deadline.exchange(unset);
  const bool expired = deadline <= now.time_since_epoch().count();
  slot.connection->transport.noteEvent((event.events & endings) != 0);
  return Taken{*slot.connection, expired ? Timeliness::expired : Timeliness::inTime};
}

void ConnectionTable::arm(Connection& connection, Interest interest) {
  const int descriptor = connection.transport.descriptor();
  prepare(connection);
  // May raise the alarm of the budget; its handler then finds this connection as a holder.
  connection.charge.resize(connection.heldBytes());
  const bool firstWriting = interest == Interest::writable && !connection.watchesWriting;
  const bool reportState = interest == Interest::soon || firstWriting;
  if (reportState) connection.watchesWriting = true;
  giveUp(descriptor, reportState ? Report::stateToo : Report::changes);
}

/// From here on the connection may belong to another thread.
void ConnectionTable::giveUp(int descriptor, Report report) {
  const bool missed = slotOf(descriptor).turn.exchange(Turn::armed) == Turn::missed;
  if (!missed && report == Report::changes) return;
  // EPOLL_CTL_MOD reports again what is true now: an open socket with nothing unsent is always writable.
  epoll_event event = eventOf(descriptor, arrivals | EPOLLOUT);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, descriptor, &event);
}

/// Sets what other threads may read while the connection is armed.
void ConnectionTable::prepare(const Connection& connection) {
  const int descriptor = connection.transport.descriptor();
  Slot& slot = slotOf(descriptor);
  slot.held.store(static_cast<std::uint32_t>(std::min<std::size_t>(connection.heldBytes(), UINT32_MAX)),
                  std::memory_order_relaxed);
  if (const Idleness idleness = idlenessOf(connection); idleness != Idleness::none) {
    slot.idleness.store(idleness);
    // Either endIdle() finds the mark just set, or this code finds that endIdle() has begun.
    if (ending_.load()) ::shutdown(descriptor, SHUT_RD);
  }
  slot.deadline.store(connection.deadline.time_since_epoch().count());
  if (endingAll_.load()) ::shutdown(descriptor, SHUT_RDWR);
}

void ConnectionTable::release(Connection& connection) {
  Slot& slot = slotOf(connection.transport.descriptor());
  {
    const MutexLock lock(mutex_);
    slot.deadline.store(unset);
    slot.idleness.store(Idleness::none);
    slot.connection.reset();  // closing removes the socket from the epoll
    slot.held.store(0, std::memory_order_relaxed);
    slot.leaving.store(false);
  }
  leaveOne();
}

std::unique_ptr<Connection> ConnectionTable::detach(Connection& connection) {
  const int descriptor = connection.transport.descriptor();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  const MutexLock lock(mutex_);  // an expire() that saw its deadline has done its shutdown by now
  return std::move(slotOf(descriptor).connection);
}

void ConnectionTable::forget() {
  leaveOne();
}

void ConnectionTable::leaveOne() {
  if (open_.fetch_sub(1) > 1) return;
  const MutexLock lock(mutex_);
  emptied_.notifyAll();
}

template <class Condition>
void ConnectionTable::shutDownWhere(int how, Condition condition) {
  const MutexLock lock(mutex_);
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
  shutDownWhere(SHUT_RD, [](const Slot& slot) { return slot.idleness.load() != Idleness::none; });
}

void ConnectionTable::endAll() {
  ending_.store(true);
  endingAll_.store(true);
  shutDownWhere(SHUT_RDWR, [](const Slot& slot) { return slot.deadline.load() != unset; });
}

ConnectionTable::Idleness ConnectionTable::idlenessOf(const Connection& connection) {
  switch (connection.phase) {
    case Phase::handshaking:
      return Idleness::handshaking;
    case Phase::head:  // nothing has arrived that needs an answer
      return connection.received.empty() ? Idleness::head : Idleness::none;
    case Phase::idle:
      return Idleness::idle;
    default:
      return Idleness::none;
  }
}

std::int64_t ConnectionTable::lengthOf(Idleness idleness) const {
  switch (idleness) {
    case Idleness::handshaking:
      return idleTimes_.handshaking.count();
    case Idleness::head:
      return idleTimes_.head.count();
    default:
      return idleTimes_.idle.count();
  }
}

bool ConnectionTable::endOldestIdle() {
  const MutexLock lock(mutex_);
  if (cutOneOfOldest()) return true;
  findOldest();
  return cutOneOfOldest();
}

// Connections that became idle later are younger than all of these.
bool ConnectionTable::cutOneOfOldest() {
  while (!oldest_.empty()) {
    const Idle idle = oldest_.back();
    oldest_.pop_back();
    if (cut(idle.descriptor, idle.deadline)) return true;
  }
  return false;
}

// Finds several at once, so that a burst of clients does not scan all slots each time.
void ConnectionTable::findOldest() {
  std::vector<Idle> idle;
  for (std::size_t descriptor = 0; descriptor < slots_.size(); ++descriptor) {
    const Slot& slot = slots_[descriptor];
    const std::int64_t deadline = slot.deadline.load();
    if (deadline == unset || deadline == longPast) continue;
    const Idleness idleness = slot.idleness.load();
    // The idleness belongs to the deadline only if the deadline has not changed.
    if (idleness == Idleness::none || slot.deadline.load() != deadline) continue;
    idle.push_back({deadline - lengthOf(idleness), deadline, static_cast<int>(descriptor)});
  }
  const auto older = [](const Idle& a, const Idle& b) { return a.since < b.since; };
  const auto end = idle.begin() + static_cast<std::ptrdiff_t>(std::min(idle.size(), oldestAtOnce));
  std::partial_sort(idle.begin(), end, idle.end(), older);
  oldest_.assign(std::make_reverse_iterator(end), std::make_reverse_iterator(idle.begin()));
}

std::size_t ConnectionTable::idle() const {
  const auto isIdle = [](const Slot& slot) {
    const std::int64_t deadline = slot.deadline.load();
    return deadline != unset && deadline != longPast && slot.idleness.load() != Idleness::none;
  };
  return static_cast<std::size_t>(std::count_if(slots_.begin(), slots_.end(), isIdle));
}

ConnectionTable::Holders ConnectionTable::holders() {
  Holders holders;
  for (std::size_t descriptor = 0; descriptor < slots_.size(); ++descriptor) {
    const Slot& slot = slots_[descriptor];
    const std::size_t held = slot.held.load(std::memory_order_relaxed);
    if (slot.leaving.load()) {
      holders.leavingBytes += held;
    } else if (slot.deadline.load() == unset) {
      holders.maxTakenBytes = std::max(holders.maxTakenBytes, held);
    } else if (held > 0) {
      holders.closable.push_back({held, static_cast<int>(descriptor)});
    }
  }
  return holders;
}

std::size_t ConnectionTable::cut(const MemoryHolder& holder) {
  const MutexLock lock(mutex_);
  const Slot& slot = slotOf(holder.descriptor);
  const std::int64_t deadline = slot.deadline.load();
  const std::size_t held = slot.held.load(std::memory_order_relaxed);
  return held >= holder.bytes && cut(holder.descriptor, deadline) ? held : 0;
}

// Succeeds only while the connection is armed with that deadline: a connection that is taken, or was taken
// meanwhile, is not touched.
bool ConnectionTable::cut(int descriptor, std::int64_t deadline) {
  Slot& slot = slotOf(descriptor);
  if (deadline == unset || deadline == longPast) return false;
  if (!slot.deadline.compare_exchange_strong(deadline, longPast)) return false;
  slot.leaving.store(true);
  ::shutdown(descriptor, SHUT_RDWR);
  return true;
}

bool ConnectionTable::waitUntilEmpty(TimePoint latest) {
  MutexLock lock(mutex_);
  return emptied_.waitUntil(lock, latest, [&]() REQUIRES(mutex_) { return open_.load() == 0; });
}

}  // namespace glitch_protocol::web
