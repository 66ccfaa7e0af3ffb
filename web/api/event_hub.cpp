#include "web/api/event_hub.h"

#include <algorithm>
#include <new>
#include <utility>
#include <variant>

#include "web/api/event_stream.h"

namespace glitch_protocol::web {

Subscription::Subscription(EventHub& hub, Subscriber subscriber)
    : hub_(hub), subscriber_(std::move(subscriber)) {}

Subscription::~Subscription() {
  leave();
}

void Subscription::open(std::shared_ptr<EventSink> sink) {
  hub_.open(*this, std::move(sink));
}

void Subscription::leave() {
  hub_.leave(*this);
}

void Subscription::send(std::shared_ptr<const std::string> bytes, Last last) {
  const MutexLock lock(mutex_);
  if (!sink_) return;
  sink_->send(std::move(bytes));
  if (last == Last::yes) std::exchange(sink_, nullptr)->finish();
}

void Subscription::finish() {
  const MutexLock lock(mutex_);
  if (sink_) std::exchange(sink_, nullptr)->finish();
}

bool EventHub::admit(const std::shared_ptr<Subscription>& subscription, std::size_t max) {
  const Subscriber& whose = subscription->subscriber();
  const MutexLock lock(mutex_);
  auto& entries = entries_[whose.userId];
  if (entries.size() >= max) return false;  // `max` is at least 1, so no empty list remains
  try {
    entries.push_back({subscription.get(), subscription, whose.sessionId, whose.socketId});
    owners_.emplace(whose.socketId, whose.userId);
  } catch (const std::bad_alloc&) {
    if (!entries.empty() && entries.back().subscription == subscription.get()) entries.pop_back();
    if (entries.empty()) entries_.erase(whose.userId);
    throw;
  }
  return true;
}

void EventHub::open(Subscription& subscription, std::shared_ptr<EventSink> sink) {
  {
    const MutexLock lock(mutex_);
    if (!finished_) {
      const auto entries = entries_.find(subscription.subscriber().userId);
      if (entries == entries_.end()) return;
      const auto entry = std::ranges::find(entries->second, &subscription, &Entry::subscription);
      if (entry == entries->second.end()) return;
      const MutexLock sinkLock(subscription.mutex_);
      subscription.sink_ = std::move(sink);
      entry->state = State::open;
      return;
    }
  }
  sink->finish();
}

void EventHub::leave(const Subscription& subscription) {
  const Subscriber& whose = subscription.subscriber();
  const MutexLock lock(mutex_);
  const auto user = entries_.find(whose.userId);
  if (user == entries_.end()) return;
  const auto entry = std::ranges::find(user->second, &subscription, &Entry::subscription);
  if (entry == user->second.end()) return;
  owners_.erase(whose.socketId);
  user->second.erase(entry);
  if (user->second.empty()) entries_.erase(user);
}

void EventHub::emitToUser(const UserId& user, const SessionEvent& event) {
  const auto* terminated = std::get_if<SessionTerminatedEvent>(&event);
  emit(user, event, [terminated](const Entry& entry) {
    return terminated == nullptr || entry.sessionId == terminated->sessionId;
  });
}

void EventHub::emitToSocket(const SocketId& socket, const SessionEvent& event) {
  UserId user;
  {
    const MutexLock lock(mutex_);
    const auto owner = owners_.find(socket);
    if (owner == owners_.end()) return;
    user = owner->second;
  }
  emit(user, event, [&socket](const Entry& entry) { return entry.socketId == socket; });
}

// A stream that misses an event because memory ran out is finished: the browser reconnects and receives the
// current state. So the end of a session always ends its streams.
template <class Concerns>
void EventHub::emit(const UserId& user, const SessionEvent& event, Concerns concerns) {
  const bool isLast = std::holds_alternative<SessionTerminatedEvent>(event);
  Targets targets;
  {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(user);
    if (found == entries_.end()) return;
    std::vector<Entry>& entries = found->second;
    try {
      targets.reserve(entries.size());
    } catch (const std::bad_alloc&) {
      for (Entry& entry : entries) {
        if (concerns(entry)) finish(entry);
      }
      return;
    }
    for (Entry& entry : entries) {
      if (entry.state != State::open || !concerns(entry)) continue;
      if (auto subscription = entry.owned.lock()) targets.push_back(std::move(subscription));
      if (isLast) entry.state = State::ending;
    }
  }
  deliver(targets, event);
}

void EventHub::finish(Entry& entry) {
  entry.subscription->finish();
  if (entry.state == State::open) entry.state = State::ending;
}

// The text depends on the receiving session only through `current`, so streams of one session share the
// bytes.
void EventHub::deliver(const Targets& targets, const SessionEvent& event) {
  std::unordered_map<SessionId, std::shared_ptr<const std::string>> formatted;
  const Last last = std::holds_alternative<SessionTerminatedEvent>(event) ? Last::yes : Last::no;
  for (const auto& target : targets) {
    try {
      const SessionId& listening = target->subscriber().sessionId;
      auto& bytes = formatted[listening];
      if (!bytes) bytes = std::make_shared<const std::string>(formatEvent(event, listening));
      target->send(bytes, last);
    } catch (const std::bad_alloc&) {
      target->finish();
    }
  }
}

std::vector<Listener> EventHub::listeners() const {
  std::vector<Listener> listeners;
  const MutexLock lock(mutex_);
  for (const auto& [user, entries] : entries_) {
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
      const auto sameSession = [&](const Entry& earlier) { return earlier.sessionId == entry->sessionId; };
      if (std::none_of(entries.begin(), entry, sameSession)) listeners.push_back({user, entry->sessionId});
    }
  }
  return listeners;
}

std::optional<SocketId> EventHub::socketOf(const UserId& user, const SessionId& session) const {
  const MutexLock lock(mutex_);
  const auto entries = entries_.find(user);
  if (entries == entries_.end()) return std::nullopt;
  for (const Entry& entry : entries->second) {
    if (entry.sessionId == session && entry.state == State::open) return entry.socketId;
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
  for (auto& [user, entries] : entries_) {
    for (Entry& entry : entries) finish(entry);
  }
}

void EventHub::reopen() {
  const MutexLock lock(mutex_);
  finished_ = false;
}

}  // namespace glitch_protocol::web
