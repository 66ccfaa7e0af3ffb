// One open event stream.
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

/// An event stream: its socket and the queue of unsent events. Any thread may queue events; only the thread
/// of the Streams touches the socket. *Thread-safe* in the functions of EventSink.
class Stream final : public EventSink, public std::enable_shared_from_this<Stream> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `owner` must outlive the connection, but not this object.
  Stream(Streams& owner, Transport transport, std::size_t bound, std::shared_ptr<StreamSource> source);

  void send(std::shared_ptr<const std::string> bytes) override;
  void finish() override;

  // The following are only for the thread of the Streams.

  enum class Progress {
    caughtUp,  ///< everything is sent; call again after the next `send`
    stalled,   ///< the socket is full; call again when it is writable
    over,      ///< client gone, dropped or finished: call close()
  };
  Progress flush(TimePoint now);

  /// Reads and discards what the client sends. False when the client has gone or has sent more than a few
  /// bytes.
  bool discardInput();

  enum class Ending { finished, dropped, cut };
  /// Closes the socket, empties the queue and tells the source, whose exceptions propagate.
  Ending close();

  int descriptor() const { return transport_.descriptor(); }
  void limitSilence(std::chrono::milliseconds silence) { transport_.limitSilence(silence); }
  /// Queues `comment` if nothing has been sent since `before`.
  void beat(const std::shared_ptr<const std::string>& comment, TimePoint before);
  /// The bytes that closing the stream would free; shared events count in part.
  std::size_t heldBytes();
  /// Whether it has been stalled or finishing since `before`.
  bool isStuckSince(TimePoint before) const;

 private:
  enum class State { open, finishing, dropped, closed };

  struct Piece {
    std::shared_ptr<const std::string> bytes;
    std::size_t offset = 0;
    State state = State::open;
  };
  /// The first unsent piece; its `bytes` are null when there is none.
  Piece front();
  void advance(std::size_t bytes);
  void emptyQueue() REQUIRES(mutex_);
  void enqueue(const std::shared_ptr<const std::string>& bytes) REQUIRES(mutex_);
  void announce() REQUIRES(mutex_);

  // Constant after construction.
  Streams& owner_;
  const std::size_t bound_;

  // Used only by the thread of the Streams.
  Transport transport_;
  std::shared_ptr<StreamSource> source_;  ///< null once it has been told of the end
  TimePoint lastSent_;
  TimePoint stuckSince_ = TimePoint::max();
  std::size_t discarded_ = 0;

  Mutex mutex_;
  std::vector<std::shared_ptr<const std::string>> queue_ GUARDED_BY(mutex_);
  std::size_t offset_ GUARDED_BY(mutex_) = 0;  ///< sent bytes of the first event in the queue
  std::size_t unsent_ GUARDED_BY(mutex_) = 0;  ///< unsent bytes in the queue
  State state_ GUARDED_BY(mutex_) = State::open;
  /// Whether the thread of the Streams knows that there is something to do.
  bool announced_ GUARDED_BY(mutex_) = false;
};

}  // namespace glitch_protocol::web
