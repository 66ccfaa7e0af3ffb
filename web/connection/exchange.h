// What the connection layer and the request handlers exchange besides Request and Answer.
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

/// The origin of a request according to the socket.
struct Peer {
  /// "203.0.113.7" or "2001:db8::1" (IPv4-mapped addresses as IPv4); "unix" for a Unix socket.
  std::string address;
  /// Whether the connection is encrypted by the TLS of this process.
  bool secure = false;
};

/// The sending end of an event stream, owned by the connection layer. It may be kept longer than the
/// connection: send and finish do nothing once the peer has gone. *Thread-safe.*
class EventSink {
 public:
  virtual ~EventSink() = default;

  /// Queues the bytes and returns at once; several sinks may share them, so each event is formatted once. If
  /// more than ConnectionLimits::streamBufferBytes already wait, the stream is dropped.
  virtual void send(std::shared_ptr<const std::string> bytes) = 0;

  /// Closes the stream after the queued bytes have been sent, at the write deadline at the latest.
  virtual void finish() = 0;
};

/// The source of an event stream: set by a handler to turn its connection into one. The functions must not
/// block for long; their exceptions are logged and end the stream.
class StreamSource {
 public:
  virtual ~StreamSource() = default;

  /// Called once on the thread that served the request, after the head of the response has been queued; what
  /// it sends follows the head.
  virtual void opened(const std::shared_ptr<EventSink>& sink) = 0;
  /// Called once on the thread of the streams, after `opened` has returned, when the connection has ended for
  /// any reason. Not called for a stream that never opened; its source is just destroyed.
  virtual void closed() = 0;
};

/// Where to cut an answer off; the connection then closes.
struct BrokenAnswer {
  enum class At {
    beginning,  ///< nothing is sent
    body,       ///< the head, which announces the whole body, and `bodyBytes` of the body
  };
  At at = At::beginning;
  std::size_t bodyBytes = 0;
};

/// The threads that run a request.
enum class Lane : std::uint8_t {
  inlined,  ///< waits neither for hashing nor for the disk; runs on the worker that read it
  commit,   ///< may wait for a commit; many at a time, so that they share commits
  hashing,  ///< may hash a password; few at a time, at a lower priority
  probe,    ///< probes the store; one at a time, so that waiting requests share the result
};

/// Set by a handler whose request has to wait for a thread of a lane. The request takes one of the waiting
/// places of the lane, which are shared fairly (fair_queue.h) among the addresses and accounts named here.
struct Queueing {
  Lane lane = Lane::commit;  ///< not Lane::inlined
  std::string address;       ///< the address that the request comes from
  std::string account;       ///< the account concerned; "" when unknown
};

/// Whether a request is on the thread that read it or on a thread of its lane.
enum class Stage { arrived, queued };

/// Identifies a request in X-Request-Id and in the log: 16 hexadecimal digits. *Immutable.*
class RequestId {
 public:
  RequestId() { digits_.fill('0'); }
  /// `number` as digits.
  explicit RequestId(std::uint64_t number);

  operator std::string_view() const { return {digits_.data(), digits_.size()}; }

 private:
  std::array<char, 16> digits_;
};

/// Returns an id that is unique in this process. *Thread-safe.*
RequestId nextRequestId();

/// The state of one request besides Request and Answer.
struct Exchange {
  Peer peer;
  RequestId requestId{};
  /// When the request had arrived completely, by the clock of the connection layer.
  std::chrono::steady_clock::time_point arrival = std::chrono::steady_clock::now();
  /// Set by a handler to open an event stream: status and header fields of the answer become its head; the
  /// body is not sent.
  std::shared_ptr<StreamSource> stream = nullptr;
  /// Set by a handler to cut its answer off. A requested stream is then not opened.
  std::optional<BrokenAnswer> broken = std::nullopt;

  Stage stage = Stage::arrived;
  /// Set by a handler in Stage::arrived: the request waits and has no answer yet.
  std::optional<Queueing> queueing = std::nullopt;
  /// Kept for the handler from its first call to its second. Released when the request gets no place.
  std::shared_ptr<void> kept = nullptr;
};

/// The exchange for the second call of the handler, when the request has got its thread.
Exchange resumed(Exchange waiting);

/// Answers the checked requests of the connection layer. *Thread-safe.*
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  /// Answers a request in one or two calls. The first is made in Stage::arrived on the thread that read the
  /// request, where the handler must not hash a password or wait for a commit. If that is necessary, it sets
  /// `exchange.queueing`; the second call is then made in Stage::queued, with the same exchange, on a thread
  /// of the lane. If the lane has no place, the connection layer answers 503 SERVER_BUSY, and there is no
  /// second call.
  ///
  /// The views in the request are valid during each call and differ between the calls. An exception becomes
  /// 500 INTERNAL_ERROR without its text and is logged with the request id, except for std::bad_alloc, which
  /// closes the connection, since it is unknown what the handler had done.
  virtual void handle(const Request& request, Answer& answer, Exchange& exchange) = 0;
};

/// Answers a request entirely on this thread, for callers without lanes. `handle` is called with the exchange
/// once or twice, as described for RequestHandler::handle.
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
