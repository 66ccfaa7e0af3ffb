#include "web/api/event_hub.h"

#include <algorithm>
#include <new>
#include <utility>
#include <variant>

#include "web/api/event_stream.h"

namespace glitch_protocol::web {

class EventHub::Outlet {
 public:
  explicit Outlet(std::shared_ptr<EventSink> sink) : sink_(std::move(sink)) {}

  void send(std::shared_ptr<const std::string> bytes, Last last) {
    const MutexLock lock(mutex_);
    if (ended_) return;
    sink_->send(std::move(bytes));
    if (last == Last::yes) end();
  }

  void finish() {
    const MutexLock lock(mutex_);
    if (!ended_) end();
  }

 private:
  void end() REQUIRES(mutex_) {
    ended_ = true;
    sink_->finish();
  }

  // constant after construction
  const std::shared_ptr<EventSink> sink_;

  Mutex mutex_;
  bool ended_ GUARDED_BY(mutex_) = false;
};

StreamPlace::~StreamPlace() {
  close();
}

void StreamPlace::close() {
  hub_.leave(subscriber_);
}

void StreamPlace::open(std::shared_ptr<EventSink> sink) {
  hub_.open(subscriber_, std::move(sink));
}

// The place comes first: whatever fails after it, its destructor takes back what was entered.
std::shared_ptr<StreamPlace> EventHub::reserve(Subscriber subscriber, std::size_t limit) {
  auto place = std::make_shared<StreamPlace>(*this, std::move(subscriber));
  const Subscriber& whose = place->subscriber();
  {
    const MutexLock lock(mutex_);
    auto& streams = streams_[whose.userId];
    if (streams.size() < limit) {
      streams.push_back({whose.sessionId, whose.socketId, nullptr});
      owners_.emplace(whose.socketId, whose.userId);
      return place;
    }
  }
  return nullptr;
}

void EventHub::open(const Subscriber& subscriber, std::shared_ptr<EventSink> sink) {
  {
    const MutexLock lock(mutex_);
    if (!finished_) {
      const auto streams = streams_.find(subscriber.userId);
      if (streams == streams_.end()) return;
      const auto stream = std::ranges::find(streams->second, subscriber.socketId, &Stream::socketId);
      if (stream != streams->second.end()) stream->outlet = std::make_shared<Outlet>(std::move(sink));
      return;
    }
  }
  sink->finish();
}

void EventHub::leave(const Subscriber& subscriber) {
  const MutexLock lock(mutex_);
  owners_.erase(subscriber.socketId);
  const auto user = streams_.find(subscriber.userId);
  if (user == streams_.end()) return;
  std::erase_if(user->second, [&](const Stream& stream) { return stream.socketId == subscriber.socketId; });
  if (user->second.empty()) streams_.erase(user);
}

void EventHub::emitToUser(const UserId& user, const SessionEvent& event) {
  const auto* terminated = std::get_if<SessionTerminatedEvent>(&event);
  const auto concerns = [terminated](const Stream& stream) {
    return terminated == nullptr || stream.sessionId == terminated->sessionId;
  };
  emit(user, event, concerns);
}

void EventHub::emitToSocket(const SocketId& socket, const SessionEvent& event) {
  UserId user;
  {
    const MutexLock lock(mutex_);
    const auto owner = owners_.find(socket);
    if (owner == owners_.end()) return;
    user = owner->second;
  }
  emit(user, event, [&socket](const Stream& stream) { return stream.socketId == socket; });
}

// A stream that an event cannot reach for want of memory is finished: its browser connects again and is told
// the present state. So a session's end always ends its streams.
template <class Concerns>
void EventHub::emit(const UserId& user, const SessionEvent& event, Concerns concerns) {
  const Last last = std::holds_alternative<SessionTerminatedEvent>(event) ? Last::yes : Last::no;
  std::vector<Target> targets;
  {
    const MutexLock lock(mutex_);
    const auto found = streams_.find(user);
    if (found == streams_.end()) return;
    std::vector<Stream>& streams = found->second;
    try {
      targets.reserve(streams.size());
      for (Stream& stream : streams) {
        if (concerns(stream)) take(stream, last, targets);
      }
    } catch (const std::bad_alloc&) {
      for (Stream& stream : streams) {
        if (concerns(stream)) finish(stream);
      }
    }
  }
  deliver(targets, event);
}

void EventHub::take(Stream& stream, Last last, std::vector<Target>& targets) {
  if (!stream.outlet) return;
  targets.push_back({stream.sessionId, stream.outlet});
  if (last == Last::yes) stream.outlet = nullptr;
}

void EventHub::finish(Stream& stream) {
  if (stream.outlet) stream.outlet->finish();
  stream.outlet = nullptr;
}

// What is sent depends on the session that listens only through `current`, so streams of one session share
// the bytes.
void EventHub::deliver(const std::vector<Target>& targets, const SessionEvent& event) {
  std::unordered_map<SessionId, std::shared_ptr<const std::string>> formatted;
  const Last last = std::holds_alternative<SessionTerminatedEvent>(event) ? Last::yes : Last::no;
  for (const Target& target : targets) {
    try {
      auto& bytes = formatted[target.sessionId];
      if (!bytes) bytes = std::make_shared<const std::string>(formatEvent(event, target.sessionId));
      target.outlet->send(bytes, last);
    } catch (const std::bad_alloc&) {
      target.outlet->finish();
    }
  }
}

std::vector<Listener> EventHub::listeners() const {
  std::vector<Listener> listeners;
  const MutexLock lock(mutex_);
  for (const auto& [user, streams] : streams_) {
    for (auto stream = streams.begin(); stream != streams.end(); ++stream) {
      const auto sameSession = [&](const Stream& earlier) { return earlier.sessionId == stream->sessionId; };
      if (std::none_of(streams.begin(), stream, sameSession)) listeners.push_back({user, stream->sessionId});
    }
  }
  return listeners;
}

std::optional<SocketId> EventHub::socketOf(const UserId& user, const SessionId& session) const {
  const MutexLock lock(mutex_);
  const auto streams = streams_.find(user);
  if (streams == streams_.end()) return std::nullopt;
  for (const Stream& stream : streams->second) {
    if (stream.sessionId == session && stream.outlet) return stream.socketId;
  }
  return std::nullopt;
}

std::size_t EventHub::size() const {
  const MutexLock lock(mutex_);
  return owners_.size();
}

void EventHub::finishAll() {
  const MutexLock lock(mutex_);
  finished_ = true;
  for (auto& [user, streams] : streams_) {
    for (Stream& stream : streams) finish(stream);
  }
}

}  // namespace glitch_protocol::web
