#pragma once

#include <httplib.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

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

/// What a handler asks for when it turns its connection into an event stream. Neither function may block
/// for long or throw; what they throw is logged and ends the stream.
struct StreamOpening {
  /// Called once, when the head of the response has been queued and before anything else; what it sends
  /// follows the head. Called on the thread that served the request.
  std::function<void(std::shared_ptr<EventSink>)> opened;
  /// Called exactly once, after `opened` has returned, when the connection is gone for whatever reason.
  /// Called on the thread of the streams. Either function may be empty.
  std::function<void()> closed;
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

/// One request on its way through the handlers, beside httplib's own Request and Response.
struct Exchange {
  Peer peer;
  /// Also in the answer's X-Request-Id and in the log: 16 hexadecimal digits, unique in this process.
  std::string requestId;
  /// Set by a handler: the response's status and header fields are sent as the head of an event stream, its
  /// body is not.
  std::optional<StreamOpening> stream;
  /// Set by a handler that wants its answer not to arrive. A stream that was asked for does not open then.
  std::optional<BrokenAnswer> broken = std::nullopt;
};

/// Which threads run a request. A lane that is full answers 503 SERVER_BUSY at once.
enum class Lane {
  fast,     ///< waits neither for hashing nor for a disk; runs where it was read
  durable,  ///< may wait for a commit; many at a time, so that they share it
  slow,     ///< may hash a password; few at a time, at a lower priority
};

/// What the connection layer calls for each checked request. *Thread-safe.*
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  /// Which threads are to run the request. `path` is raw (percent-encoded) and without the query. Must not
  /// block or throw.
  virtual Lane lane(std::string_view method, std::string_view path) const = 0;

  /// Answers one request. `request.body` is the whole body, header fields are byte for byte what the client
  /// sent (Range, Accept-Encoding, Expect, Content-Length and REMOTE_*/LOCAL_* are removed; Host is the
  /// target's own authority where the target is absolute). An exception becomes 500 INTERNAL_ERROR without
  /// the exception's text and is logged with the request id. A response left without a status is 200.
  virtual void handle(const httplib::Request& request, httplib::Response& response, Exchange& exchange) = 0;
};

}  // namespace glitch_protocol::web
