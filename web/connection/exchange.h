// What the connection layer and the handlers of requests tell each other beside request and answer.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "web/http/answer.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// Where a request came from, as the socket tells it.
struct Peer {
  /// "203.0.113.7" or "2001:db8::1" (IPv4-mapped addresses as IPv4); "unix" for a Unix socket.
  std::string address;
  /// The connection is encrypted by this process's own TLS.
  bool secure = false;
};

/// The far end of an event stream, owned by the connection layer. Keeping it longer than the connection
/// lives is harmless: send and finish do nothing once the peer is gone. *Thread-safe.*
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// Queues the bytes and returns at once; several sinks may share them, so an event is formatted once. A
  /// reader for whom more than ConnectionLimits::streamBufferBytes wait already is dropped.
  virtual void send(std::shared_ptr<const std::string> bytes) = 0;

  /// Closes the stream after what is queued has been sent, at the latest at the write deadline.
  virtual void finish() = 0;
};

/// What a handler provides when it turns its connection into an event stream: the near end. Neither function may block
/// for long; what they throw is logged and ends the stream.
class StreamSource {
 public:
  virtual ~StreamSource() = default;

  /// Called once, when the head of the response has been queued and before anything else; what it sends follows the
  /// head. Called on the thread that served the request.
  virtual void opened(const std::shared_ptr<EventSink>& sink) = 0;
  /// Called exactly once, after `opened` has returned, when the connection is gone for whatever reason. Called on the
  /// thread of the streams. A stream that never opened is not told; its source is destroyed.
  virtual void closed() = 0;
};

/// How an answer is broken off: so much of it is sent, then the connection closes.
struct BrokenAnswer {
  enum class At {
    beginning,  ///< nothing is sent
    body,       ///< the head, which promises the whole body, and `bodyBytes` of that
  };
  At at = At::beginning;
  std::size_t bodyBytes = 0;
};

/// Which threads run a request.
enum class Lane : std::uint8_t {
  inlined,  ///< waits neither for hashing nor for a disk; runs on the worker that read it
  commit,   ///< may wait for a commit; many at a time, so that they share it
  hashing,  ///< may hash a password; few at a time, at a lower priority
  probe,    ///< asks the machinery itself how it is; one at a time, so that those behind it share the answer
};

/// What a handler asks for whose request has to wait for a thread of a lane. It takes one of the lane's
/// waiting places, which are shared fairly (fair_queue.h) among those named here.
struct Queueing {
  Lane lane = Lane::commit;  ///< not Lane::inlined
  std::string address;       ///< where the request comes from
  std::string account;       ///< for whom; "" when that is not known
};

/// Where a request stands: on the thread that read it, or on one of the lane that its handler asked for.
enum class Stage { arrived, queued };

/// A name for one request, in the answer's X-Request-Id and in the log: 16 hexadecimal digits. *Immutable.*
class RequestId {
 public:
  RequestId() { digits_.fill('0'); }
  /// `number` as digits.
  explicit RequestId(std::uint64_t number);

  operator std::string_view() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 16> digits_;
};

/// Unique in this process. *Thread-safe.*
RequestId nextRequestId();

/// One request on its way through its handler, beside Request and Answer.
struct Exchange {
  Peer peer;
  RequestId requestId{};
  /// When the last of the request had come, by the clock of the connection layer.
  std::chrono::steady_clock::time_point arrival = std::chrono::steady_clock::now();
  /// Set by a handler: status and header fields of the answer are sent as the head of an event stream, its body is not.
  std::shared_ptr<StreamSource> stream = nullptr;
  /// Set by a handler that wants its answer not to arrive. A stream that was asked for does not open then.
  std::optional<BrokenAnswer> broken = std::nullopt;

  Stage stage = Stage::arrived;
  /// Set by a handler in Stage::arrived: there is no answer yet, the request waits.
  std::optional<Queueing> queueing = std::nullopt;
  /// A handler's own, from its first call to the second. Released when the request is refused a place.
  std::shared_ptr<void> kept = nullptr;
};

/// The exchange of a request whose turn has come, for the second call of its handler.
Exchange resumed(Exchange waiting);

/// What the connection layer calls for each checked request. *Thread-safe.*
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  /// Answers one request, in one or two calls. The first is made in Stage::arrived on the thread that read the
  /// request, where nothing may hash a password or wait for a commit. What cannot be answered there sets
  /// `exchange.queueing` instead: then the second call is made in Stage::queued, with the same exchange, on a
  /// thread of that lane. A request for which the lane has no place is answered 503 SERVER_BUSY by the
  /// connection layer, and there is no second call.
  ///
  /// The request's views are valid during each call, and other ones in the second. An exception becomes 500
  /// INTERNAL_ERROR without the exception's text and is logged with the request id; but for std::bad_alloc, which
  /// closes the connection, since what the handler had done by then is not known.
  virtual void handle(const Request& request, Answer& answer, Exchange& exchange) = 0;
};

/// Answers a request that arrives now on this thread alone, however long it takes: for callers that have no lanes.
/// `handle` is called with the exchange, once or twice as RequestHandler::handle has it.
template <class Handle>
void answerAtOnce(Exchange& exchange, Handle handle) {
  exchange.arrival = std::chrono::steady_clock::now();
  exchange.stage = Stage::arrived;
  handle(exchange);
  if (!exchange.queueing) return;
  exchange.queueing.reset();
  exchange.stage = Stage::queued;
  handle(exchange);
}
void answerAtOnce(RequestHandler& handler, const Request& request, Answer& answer, Exchange& exchange);

}  // namespace glitch_protocol::web
