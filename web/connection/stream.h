#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/connection/exchange.h"
#include "web/connection/transport.h"

namespace glitch_protocol::web {

class Streams;

/// One event stream: a socket and what is still to be sent to it. Any thread may queue; only the thread of
/// the Streams touches the socket. *Thread-safe* as far as EventSink goes.
class Stream final : public EventSink, public std::enable_shared_from_this<Stream> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `owner` must outlive the connection, not the object.
  Stream(Streams& owner, Transport transport, std::size_t bound, std::shared_ptr<StreamSource> source);

  void send(std::shared_ptr<const std::string> bytes) override;
  void finish() override;

  // For the thread of the Streams alone.

  enum class Progress {
    caughtUp,  ///< everything is sent; call again after the next `send`
    stalled,   ///< the reader takes no more; call again when the socket is writable
    over,      ///< gone, dropped, or finished: to be closed
  };
  Progress flush(TimePoint now);

  /// Reads and forgets what the client sends. False when it is gone, or talks where it should listen.
  bool listenIn();

  enum class Ending { finished, dropped, cut };
  /// Closes the socket, frees what is queued and tells the source; what that throws passes through.
  Ending close();

  int descriptor() const { return transport_.descriptor(); }
  void limitSilence(std::chrono::milliseconds silence) { transport_.limitSilence(silence); }
  /// Queues `comment` when nothing was sent since `before`.
  void beat(const std::shared_ptr<const std::string>& comment, TimePoint before);
  /// What closing it would free, shared events by their part.
  std::size_t heldBytes();
  /// Whether it has been stalled, or finishing, since `before`.
  bool isStuckSince(TimePoint before) const;

 private:
  enum class State { open, finishing, dropped, closed };

  struct Piece {
    std::shared_ptr<const std::string> bytes;
    std::size_t offset = 0;
    State state = State::open;
  };
  /// The first unsent piece, without bytes when there is none.
  Piece front();
  void advance(std::size_t bytes);
  void emptyQueue() REQUIRES(mutex_);
  void enqueue(const std::shared_ptr<const std::string>& bytes) REQUIRES(mutex_);
  void announce() REQUIRES(mutex_);

  // Constant after construction.
  Streams& owner_;
  const std::size_t bound_;

  // The thread of the Streams alone.
  Transport transport_;
  std::shared_ptr<StreamSource> source_;  ///< until it has been told of the end
  TimePoint lastSent_;
  TimePoint stuckSince_ = TimePoint::max();
  std::size_t heard_ = 0;

  Mutex mutex_;
  std::vector<std::shared_ptr<const std::string>> queue_ GUARDED_BY(mutex_);
  std::size_t offset_ GUARDED_BY(mutex_) = 0;  ///< bytes of the first piece of the queue that are sent
  std::size_t unsent_ GUARDED_BY(mutex_) = 0;  ///< bytes of the queue that are not
  State state_ GUARDED_BY(mutex_) = State::open;
  /// The thread of the Streams knows that there is something to do.
  bool announced_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol::web
