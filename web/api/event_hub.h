// Who listens, and how an event reaches them: the engine's broadcaster on top of the connection layer's event streams.
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

/// Whose stream it is.
struct Subscriber {
  UserId userId;
  SessionId sessionId;
  SocketId socketId;  ///< unique among all streams
};

class EventHub;

/// One stream among its user's, as the hub knows it: from EventHub::admit() until it is destroyed or leaves. Events
/// reach it while it is open; nothing follows its SessionTerminatedEvent. *Thread-safe.*
class Subscription {
 public:
  /// The hub must outlive it.
  Subscription(EventHub& hub, Subscriber subscriber);
  virtual ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  const Subscriber& subscriber() const { return subscriber_; }

  /// From now on events go to `sink`. When the hub is finished already, the sink is finished at once.
  void open(std::shared_ptr<EventSink> sink);
  /// Makes room for another stream now; a second call does nothing.
  void leave();

 private:
  friend class EventHub;
  enum class Last { no, yes };

  void send(std::shared_ptr<const std::string> bytes, Last last);
  void finish();

  // constant after construction
  EventHub& hub_;
  const Subscriber subscriber_;

  Mutex mutex_;  // keeps whatever comes late behind the last event
  std::shared_ptr<EventSink> sink_ GUARDED_BY(mutex_);
};

/// *Thread-safe.* Knows nothing of the engine, which is built on it. Events are sent without the hub's lock held, so
/// those of one caller keep their order; the engine serialises what must not overtake.
class EventHub : public SocketBroadcaster {
 public:
  EventHub() = default;
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// Counts the subscription among its user's; false, and nothing has happened, when the user has `max` already, opened
  /// or not.
  bool admit(const std::shared_ptr<Subscription>& subscription, std::size_t max);

  /// A SessionTerminatedEvent goes to the streams of its session only; they are finished after it.
  void emitToUser(const UserId&, const SessionEvent&) override;
  void emitToSocket(const SocketId&, const SessionEvent&) override;

  /// Who listens at the moment, once for each session.
  std::vector<Listener> listeners() const;
  /// A stream that the session still listens on, if there is one.
  std::optional<SocketId> socketOf(const UserId&, const SessionId&) const;
  /// Subscriptions, opened or not.
  std::size_t size() const;

  /// Ends all streams, now and from now on: for shutting down.
  void finishAll();

 private:
  friend class Subscription;
  using Last = Subscription::Last;
  enum class State { admitted, open, ending };

  struct Entry {
    Subscription* subscription = nullptr;  ///< valid while the entry is there: its destructor leaves first
    std::weak_ptr<Subscription> owned;     ///< for use without the lock
    SessionId sessionId;
    SocketId socketId;
    State state = State::admitted;
  };
  using Targets = std::vector<std::shared_ptr<Subscription>>;

  void open(Subscription&, std::shared_ptr<EventSink>);
  void leave(const Subscription&);
  /// To those of the user's open streams that `concerns` says yes to.
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
