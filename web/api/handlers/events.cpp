// Opens event streams, in these steps:
//
//   events                 (thread of the request)  registers the stream for its user and requests it
//   SessionStream::opened  (thread of the request)  sends CONNECTED, receives events from then on, sends the sessions
//   SessionStream::closed  (thread of the streams)  makes room for another stream
//
// The session may end at any moment. If it ends after the stream is open, the stream receives the event like any
// other; an earlier end is detected by a check after opening. So no stream outlives its session.
#include <memory>
#include <utility>

#include "web/api/event_stream.h"
#include "web/api/handlers/handlers.h"
#include "web/http/errors.h"

namespace glitch_protocol::web::handlers {

namespace {

/// The event stream of a session, from opening to end. *Thread-safe.*
class SessionStream final : public Subscription, public StreamSource {
 public:
  SessionStream(const Services& services, Subscriber subscriber)
      : Subscription(services.hub, std::move(subscriber)),
        engine_(services.engine),
        hub_(services.hub),
        log_(services.log) {}

  void opened(const std::shared_ptr<EventSink>& sink) override {
    const auto& [userId, sessionId, socketId] = subscriber();
    sink->send(std::make_shared<const std::string>(formatConnected(socketId, sessionId)));
    open(sink);
    try {
      engine_.updateSessionSocketId(sessionId, socketId);
      if (const auto reason = engine_.endReasonOf(sessionId)) {
        hub_.emitToSocket(socketId, SessionTerminatedEvent{sessionId, *reason});
      } else {
        engine_.sendSessions(userId, socketId);
      }
    } catch (const std::exception& error) {
      // It is unknown whether the session is live: the client reconnects and learns it then.
      logFailure(error);
      sink->finish();
    }
  }

  void closed() override {
    leave();
    try {
      const auto& [userId, sessionId, socketId] = subscriber();
      engine_.updateSessionSocketId(sessionId, hub_.socketOf(userId, sessionId));
    } catch (const std::exception& error) {
      logFailure(error);
    }
  }

 private:
  void logFailure(const std::exception& error) {
    log_.writeRepeatable(LogLevel::error, "stream_failed", "", {{"reason", error.what()}});
  }

  // constant after construction
  Engine& engine_;
  EventHub& hub_;
  Log& log_;
};

void setStreamFields(Answer& answer) {
  // Without a charset: httplib would not recognise the type as a stream and would compress, and thereby
  // delay, the events.
  answer.contentType = "text/event-stream";
  answer.set("X-Accel-Buffering", "no");
}

}  // namespace

void events(Context& context, const Principal& who) {
  if (context.request.method == "HEAD") {
    setStreamFields(context.answer);
    return context.answer.add("Content-Type", "text/event-stream");  // without a body it would be omitted
  }
  const SocketId socket{randomId(context.engine().random())};
  auto stream =
      std::make_shared<SessionStream>(context.services, Subscriber{who.userId, who.sessionId, socket});
  if (!context.services.hub.admit(stream, context.services.config.maxStreamsPerUser))
    throw createTooManyStreamsError();
  setStreamFields(context.answer);
  context.exchange.stream = std::move(stream);
}

}  // namespace glitch_protocol::web::handlers
