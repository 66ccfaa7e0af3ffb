#include "web/connection/stream.h"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "web/connection/streams.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t maxDiscarded = 4096;

}  // namespace

Stream::Stream(Streams& owner, Transport transport, std::size_t bound, std::shared_ptr<StreamSource> source)
    : owner_(owner), bound_(bound), transport_(std::move(transport)), source_(std::move(source)) {}

void Stream::send(std::shared_ptr<const std::string> bytes) {
  const MutexLock lock(mutex_);
  if (state_ != State::open || bytes->empty()) return;
  // Only bytes that already wait count: a single event, such as a long list of sessions, may exceed the
  // bound.
  if (unsent_ > bound_) {
    state_ = State::dropped;
    emptyQueue();
  } else {
    enqueue(bytes);
  }
  announce();
}

// A stream for whose event memory runs out is dropped like a stalled one.
void Stream::enqueue(const std::shared_ptr<const std::string>& bytes) {
  try {
    queue_.push_back(bytes);
    owner_.queuedEvents().add(bytes);
    unsent_ += bytes->size();
  } catch (const std::bad_alloc&) {
    state_ = State::dropped;
    emptyQueue();
  }
}

void Stream::finish() {
  const MutexLock lock(mutex_);
  if (state_ != State::open) return;
  state_ = State::finishing;
  announce();
}

void Stream::announce() {
  if (std::exchange(announced_, true)) return;
  owner_.announce(shared_from_this());
}

Stream::Progress Stream::flush(TimePoint now) {
  for (;;) {
    const Piece piece = front();
    if (!piece.bytes) return piece.state == State::open ? Progress::caughtUp : Progress::over;
    const Transfer transfer = transport_.write(std::string_view(*piece.bytes).substr(piece.offset));
    if (transfer.state == Transfer::State::failed || transfer.state == Transfer::State::ended)
      return Progress::over;
    if (transfer.state != Transfer::State::moved) {
      stuckSince_ = std::min(stuckSince_, now);
      return Progress::stalled;
    }
    advance(transfer.bytes);
    lastSent_ = now;
    // A finishing stream has a fixed deadline, which progress does not extend.
    if (piece.state == State::open) stuckSince_ = TimePoint::max();
  }
}

Stream::Piece Stream::front() {
  const MutexLock lock(mutex_);
  announced_ = false;
  if (queue_.empty()) return {nullptr, 0, state_};
  return {queue_.front(), offset_, state_};
}

void Stream::advance(std::size_t bytes) {
  const MutexLock lock(mutex_);
  if (queue_.empty()) return;  // dropped meanwhile
  unsent_ -= bytes;
  offset_ += bytes;
  if (offset_ < queue_.front()->size()) return;
  offset_ = 0;
  owner_.queuedEvents().remove(queue_.front());
  queue_.erase(queue_.begin());
  if (queue_.empty()) emptyQueue();  // an idle stream owns no memory
}

void Stream::emptyQueue() {
  for (const auto& event : queue_) owner_.queuedEvents().remove(event);
  std::vector<std::shared_ptr<const std::string>>().swap(queue_);  // `queue_ = {}` would keep its memory
}

bool Stream::discardInput() {
  std::array<char, 1024> ignored{};
  for (;;) {
    const Transfer transfer = transport_.read(ignored);
    if (transfer.state == Transfer::State::wantsRead || transfer.state == Transfer::State::wantsWrite)
      return true;
    if (transfer.state != Transfer::State::moved) return false;
    discarded_ += transfer.bytes;
    if (discarded_ > maxDiscarded) return false;
  }
}

Stream::Ending Stream::close() {
  State before = State::closed;
  {
    const MutexLock lock(mutex_);
    before = std::exchange(state_, State::closed);
    emptyQueue();
  }
  if (before == State::finishing) {
    transport_.finishSending();
    discardInput();  // closing with unread bytes would reset the connection and lose the last event
  }
  transport_ = Transport(Descriptor(), nullptr);
  if (const auto source = std::exchange(source_, nullptr)) source->closed();
  if (before == State::finishing) return Ending::finished;
  return before == State::dropped ? Ending::dropped : Ending::cut;
}

void Stream::beat(const std::shared_ptr<const std::string>& comment, TimePoint before) {
  if (stuckSince_ == TimePoint::max() && lastSent_ <= before) send(comment);
}

std::size_t Stream::heldBytes() {
  const MutexLock lock(mutex_);
  return queue_.empty() ? 0 : owner_.queuedEvents().shareOf(queue_);
}

bool Stream::isStuckSince(TimePoint before) const {
  return stuckSince_ <= before;
}

}  // namespace glitch_protocol::web
