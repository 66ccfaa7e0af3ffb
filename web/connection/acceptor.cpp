#include "web/connection/acceptor.h"

#include <fcntl.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <new>
#include <string>
#include <system_error>

#include "web/connection/refusal.h"

namespace glitch_protocol::web {
namespace {

constexpr int deadlineInterval = 500;  // milliseconds
constexpr int pauseInterval = 100;     // milliseconds
// A shortage that is interrupted briefly whenever a connection closes counts as one shortage.
constexpr std::chrono::seconds calmAfterShortage{5};
constexpr int maxAcceptsInTurn = 64;
// Connections beyond the cap, at any time:
constexpr std::size_t maxTurnedAway = 64;
constexpr std::size_t maxBeingEvicted = 32;
constexpr const char* turnedAway = "turned away";  // name of the share that counts them; not a valid address

Descriptor openReserve() {
  return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

Acceptor::Acceptor(ServerParts& parts, std::vector<Listener> listeners, const TlsCertificate* certificate,
                   ConnectionCaps caps)
    : parts_(parts),
      certificate_(certificate),
      caps_(caps),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listeners_(std::move(listeners)),
      reserve_(openReserve()) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = listeners_.size();
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.descriptor(), &event);
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    event.data.u64 = i;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listeners_[i].descriptor(), &event);
  }
}

Acceptor::~Acceptor() {
  stop();
}

void Acceptor::start() {
  thread_ = std::thread([this] { run(); });
}

void Acceptor::stop() {
  stopping_.store(true);
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

void Acceptor::run() {
  Mode mode = Mode::accepting;
  std::array<epoll_event, 16> events{};
  while (!stopping_.load()) {
    parts_.rollCall.respond(RollCall::Member::acceptor);
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   mode == Mode::accepting ? deadlineInterval : pauseInterval);
    if (mode == Mode::paused) watch(EPOLLIN);
    mode = Mode::accepting;
    for (int i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
      if (index < listeners_.size() && acceptFrom(listeners_[index]) == Mode::paused) mode = Mode::paused;
    }
    // The listeners stay readable, so watching them would spin.
    if (mode == Mode::paused) watch(0);
    withMemory([this] { noteRecovery(); });
    parts_.table.expire(parts_.clock());
  }
  for (const Listener& listener : listeners_) acceptFrom(listener);
  listeners_.clear();
}

/// Runs `step`; returns false when it ran out of memory. A client being accepted is then closed.
template <class Step>
bool Acceptor::withMemory(Step step) {
  try {
    step();
    return true;
  } catch (const std::bad_alloc&) {
    if (!reserve_) reserve_ = openReserve();
    return false;
  }
}

Acceptor::Mode Acceptor::acceptFrom(const Listener& listener) {
  Mode mode = Mode::paused;
  withMemory([&] { mode = acceptSome(listener); });
  return mode;
}

Acceptor::Mode Acceptor::acceptSome(const Listener& listener) {
  for (int i = 0; i < maxAcceptsInTurn; ++i) {
    Listener::Result result = listener.accept();
    switch (result.state) {
      case Listener::Result::State::accepted:
        admit(listener, std::move(result.arrival));
        break;
      case Listener::Result::State::again:
        break;
      case Listener::Result::State::noneWaiting:
        return Mode::accepting;
      case Listener::Result::State::exhausted:
        noteShortage(listener);
        refuseWithReserve(listener);
        return Mode::paused;
    }
  }
  return Mode::accepting;
}

void Acceptor::admit(const Listener& listener, Arrival arrival) {
  const bool encrypted = certificate_ && listener.family() == Listener::Family::tcp;
  const std::string name = parts_.limits.shareOf ? parts_.limits.shareOf(arrival.peer) : "";
  AddressShares::Place place;
  if (!name.empty()) place = parts_.shares.take(name, caps_.perAddress);
  const bool overShare = !name.empty() && !place;
  if (overShare) parts_.refusedForShare.fetch_add(1, std::memory_order_relaxed);
  if (overShare || !makeRoom()) {
    // No HTTP answer can be sent before the TLS handshake, so the connection is just closed.
    if (!encrypted) turnAway(std::move(arrival));
    return;
  }
  SslSession session = encrypted ? certificate_->newSession() : nullptr;
  if (encrypted && !session) return;
  auto connection =
      std::make_unique<Connection>(Transport(std::move(arrival.socket), std::move(session), std::move(place)),
                                   std::move(arrival.peer), parts_.memory);
  connection->phase = encrypted ? Phase::handshaking : Phase::head;
  connection->deadline =
      parts_.clock() + (encrypted ? parts_.limits.handshakeDeadline : parts_.limits.headDeadline);
  parts_.table.add(std::move(connection));
}

/// Whether one more connection may be opened; evicts an idle connection if necessary.
bool Acceptor::makeRoom() {
  const std::size_t open = parts_.table.open() - parts_.shares.held(turnedAway);
  if (open < caps_.total) return true;
  // An evicted connection is closed by a worker shortly afterwards.
  if (open >= caps_.total + maxBeingEvicted || !parts_.table.endOldestIdle()) return false;
  parts_.evicted.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Acceptor::turnAway(Arrival arrival) {
  AddressShares::Place place = parts_.shares.take(turnedAway, maxTurnedAway);
  if (!place) return;
  parts_.refused.fetch_add(1, std::memory_order_relaxed);
  auto connection =
      std::make_unique<Connection>(Transport(std::move(arrival.socket), nullptr, std::move(place)),
                                   std::move(arrival.peer), parts_.memory);
  connection->transport.write(
      formatRefusal(refusals::busy, nextRequestId(), parts_.answerFields.to(connection->peer)));
  connection->transport.finishSending();
  connection->phase = Phase::draining;
  connection->deadline = parts_.clock() + parts_.limits.drainDeadline;
  parts_.table.add(std::move(connection));
}

void Acceptor::refuseWithReserve(const Listener& listener) {
  reserve_.close();
  Listener::Result result = listener.accept();
  if (result.state == Listener::Result::State::accepted &&
      !(certificate_ && listener.family() == Listener::Family::tcp)) {
    Transport transport(std::move(result.arrival.socket), nullptr);
    transport.write(formatRefusal(refusals::busy, nextRequestId(),
                                  parts_.answerFields.to(Peer{result.arrival.peer, false})));
    transport.finishSending();
    std::array<char, 4096> ignored{};
    transport.read(ignored);  // closing with an unread request would reset the connection and lose the answer
    parts_.refused.fetch_add(1, std::memory_order_relaxed);
  }
  if (result.state == Listener::Result::State::accepted) ++shortage_->refused;
  result.arrival.socket.close();
  reserve_ = openReserve();
}

void Acceptor::noteShortage(const Listener& listener) {
  const auto now = parts_.clock();
  if (!shortage_) {
    shortage_ = Shortage{now, now};
    parts_.log.write(LogLevel::warning, "accept_exhausted", {{"listener", listener.address()}});
  }
  shortage_->last = now;
}

void Acceptor::noteRecovery() {
  if (!shortage_ || parts_.clock() - shortage_->last < calmAfterShortage) return;
  const auto duration = std::chrono::duration_cast<std::chrono::seconds>(shortage_->last - shortage_->begin);
  parts_.log.write(
      LogLevel::warning, "accept_recovered",
      {{"seconds", std::to_string(duration.count())}, {"refused", std::to_string(shortage_->refused)}});
  shortage_.reset();
}

void Acceptor::watch(unsigned events) {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = i;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, listeners_[i].descriptor(), &event);
  }
}

}  // namespace glitch_protocol::web
