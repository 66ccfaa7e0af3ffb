// Who listens, and how an event reaches them: the engine's broadcaster on top of the connection layer's event
// streams.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
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

/// One stream's place among its user's, from before it opens until it is destroyed; then the hub forgets it.
/// Events reach it while it is open. *Thread-safe.*
class StreamPlace {
 public:
  /// Made by EventHub::reserve.
  StreamPlace(EventHub& hub, Subscriber subscriber) : hub_(hub), subscriber_(std::move(subscriber)) {}
  ~StreamPlace();
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;

  /// From now on events go to `sink`. When the hub is finished already, the sink is finished at once.
  void open(std::shared_ptr<EventSink> sink);
  /// Gives the place back now; a second call does nothing.
  void close();

  const Subscriber& subscriber() const { return subscriber_; }

 private:
  // constant after construction
  EventHub& hub_;
  const Subscriber subscriber_;
};

/// *Thread-safe.* Knows nothing of the engine, which is built on it. Events are sent without the hub's lock
/// held, so those of one caller keep their order; the engine serialises what must not overtake. Nothing
/// follows a stream's SessionTerminatedEvent.
class EventHub : public SocketBroadcaster {
 public:
  EventHub() = default;
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// A place for one more stream of the subscriber's user; none when the user has `limit` already, opened or
  /// not. The hub must outlive the place.
  std::shared_ptr<StreamPlace> reserve(Subscriber, std::size_t limit);

  /// A SessionTerminatedEvent goes to the streams of its session only; they are finished after it.
  void emitToUser(const UserId&, const SessionEvent&) override;
  void emitToSocket(const SocketId&, const SessionEvent&) override;

  /// Who listens at the moment, once for each session.
  std::vector<Listener> listeners() const;
  /// A stream that the session still listens on, if there is one.
  std::optional<SocketId> socketOf(const UserId&, const SessionId&) const;
  /// Places taken, opened or not.
  std::size_t size() const;

  /// Ends all streams, now and from now on: for shutting down.
  void finishAll();

 private:
  friend class StreamPlace;

  /// The way to one sink. Its mutex keeps whatever comes late behind the last event. *Thread-safe.*
  class Outlet;
  struct Stream {
    SessionId sessionId;
    SocketId socketId;
    std::shared_ptr<Outlet> outlet;  ///< empty before the stream opens, and once its last event is on its way
  };
  struct Target {
    SessionId sessionId;
    std::shared_ptr<Outlet> outlet;
  };
  enum class Last { no, yes };

  void open(const Subscriber&, std::shared_ptr<EventSink>);
  void leave(const Subscriber&);
  /// To those of the user's streams that `concerns` says yes to.
  template <class Concerns>
  void emit(const UserId&, const SessionEvent&, Concerns concerns);
  static void deliver(const std::vector<Target>&, const SessionEvent&);
  static void take(Stream&, Last, std::vector<Target>&);
  static void finish(Stream&);

  mutable Mutex mutex_;
  std::unordered_map<UserId, std::vector<Stream>> streams_ GUARDED_BY(mutex_);
  std::unordered_map<SocketId, UserId> owners_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol::web
