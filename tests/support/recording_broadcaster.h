// A broadcaster that records all events.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "engine/socket_broadcaster.h"
#include "engine/types.h"

namespace glitch_protocol {

/// One call of emitToUser() or emitToSocket().
struct Emission {
  std::variant<UserId, SocketId> target;
  SessionEvent event;

  bool isTo(const UserId& user) const { return target == std::variant<UserId, SocketId>(user); }
  bool isTo(const SocketId& socket) const { return target == std::variant<UserId, SocketId>(socket); }
};

/// Keeps every emission in the order of the calls. *Thread-safe.*
class RecordingBroadcaster : public SocketBroadcaster {
 public:
  void emitToUser(const UserId& user, const SessionEvent& event) override { record({user, event}); }
  void emitToSocket(const SocketId& socket, const SessionEvent& event) override { record({socket, event}); }

  std::vector<Emission> emissions() const {
    std::lock_guard lock(mutex_);
    return emissions_;
  }

  /// All events of one type, whatever their target.
  template <class Event>
  std::vector<Event> all() const {
    std::lock_guard lock(mutex_);
    std::vector<Event> events;
    for (const Emission& emission : emissions_)
      if (const auto* event = std::get_if<Event>(&emission.event)) events.push_back(*event);
    return events;
  }

  /// All events of one type whose target is `target`, a UserId or a SocketId.
  template <class Event, class Target>
  std::vector<Event> allTo(const Target& target) const {
    std::lock_guard lock(mutex_);
    std::vector<Event> events;
    for (const Emission& emission : emissions_)
      if (const auto* event = std::get_if<Event>(&emission.event); event != nullptr && emission.isTo(target))
        events.push_back(*event);
    return events;
  }

  template <class Event>
  std::size_t count() const {
    return all<Event>().size();
  }

  /// The latest event of one type.
  template <class Event>
  std::optional<Event> last() const {
    const std::vector<Event> events = all<Event>();
    return events.empty() ? std::nullopt : std::optional<Event>(events.back());
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return emissions_.size();
  }

  void clear() {
    std::lock_guard lock(mutex_);
    emissions_.clear();
  }

 private:
  void record(Emission emission) {
    std::lock_guard lock(mutex_);
    emissions_.push_back(std::move(emission));
  }

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::vector<Emission> emissions_;
};

}  // namespace glitch_protocol
