// Distributes events to the open streams of users: the broadcaster of the engine, on top of the event streams
// of the connection layer.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/engine.h"
#include "engine/socket_broadcaster.h"
#include "engine/sync/mutex.h"
#include "engine/types.h"
#include "web/connection/exchange.h"

namespace glitch_protocol::web {

/// The owner of a stream.
struct Subscriber {
  UserId userId;
  SessionId sessionId;
  SocketId socketId;  ///< unique among all streams
};

class EventHub;

/// A stream as the hub knows it, from EventHub::admit() until it leaves or is destroyed. Events reach it
/// while it is open; nothing follows its SessionTerminatedEvent. *Thread-safe.*
class Subscription {
 public:
  /// The hub must outlive this.
  Subscription(EventHub& hub, Subscriber subscriber);
  virtual ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  const Subscriber& subscriber() const { return subscriber_; }

  /// Sends events to `sink` from now on. If the hub is finished already, finishes the sink at once.
  void open(std::shared_ptr<EventSink> sink);
  /// Removes the stream from the hub; a second call does nothing.
  void leave();

 private:
  friend class EventHub;
  enum class Last { no, yes };

  void send(std::shared_ptr<const std::string> bytes, Last last);
  void finish();

  // constant after construction
  EventHub& hub_;
  const Subscriber subscriber_;

  Mutex mutex_;  // ensures that nothing is sent after the last event
  std::shared_ptr<EventSink> sink_ GUARDED_BY(mutex_);
};

/// Knows nothing of the engine, which is built on it. Events are sent without holding the lock of the hub, so
/// the events of one caller keep their order; the engine serialises events whose order matters.
/// *Thread-safe.*
class EventHub : public SocketBroadcaster {
 public:
  EventHub() = default;
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// Adds the subscription to those of its user. Returns false and does nothing when the user has `max`
  /// already, open or not.
  bool admit(const std::shared_ptr<Subscription>& subscription, std::size_t max);

  /// Sends a SessionTerminatedEvent only to the streams of its session, which are then finished.
  void emitToUser(const UserId&, const SessionEvent&) override;
  void emitToSocket(const SocketId&, const SessionEvent&) override;

  /// The sessions with an open stream, each once.
  std::vector<Listener> listeners() const;
  /// An open stream of the session, if there is one.
  std::optional<SocketId> socketOf(const UserId&, const SessionId&) const;
  /// The number of subscriptions, open or not.
  std::size_t size() const;

  /// Ends all streams, including those opened later, until reopen(); for shutting down.
  void finishAll();
  /// Streams opened from now on stay open.
  void reopen();

 private:
  friend class Subscription;
  using Last = Subscription::Last;
  enum class State { admitted, open, ending };

  struct Entry {
    Subscription* subscription =
        nullptr;  ///< valid while the entry exists: the destructor of the subscription removes it
    std::weak_ptr<Subscription> owned;  ///< for use without the lock
    SessionId sessionId;
    SocketId socketId;
    State state = State::admitted;
  };
  using Targets = std::vector<std::shared_ptr<Subscription>>;

  void open(Subscription&, std::shared_ptr<EventSink>);
  void leave(const Subscription&);
  /// Sends the event to the open streams of the user for which `concerns` returns true.
  template <class Concerns>
  void emit(const UserId&, const SessionEvent&, Concerns concerns);
  static void deliver(const Targets&, const SessionEvent&);
  static void finish(Entry&);

  mutable Mutex mutex_;
  std::unordered_map<UserId, std::vector<Entry>> entries_ GUARDED_BY(mutex_);
  std::unordered_map<SocketId, UserId> owners_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol::web
