// How a connection becomes an event stream:
//
//   events      (the request's thread)  takes a place in the hub, asks for the stream
//   open        (the request's thread)  CONNECTED; from then on events arrive; the present list
//   close       (the streams' thread)   gives the place back
//
// The session may end at any moment in between. What ends after the place is open reaches the stream as any
// event does; what ended before is found by looking after opening. So no stream outlives its session.
#include <memory>
#include <utility>

#include "web/api/event_stream.h"
#include "web/api/handlers/handlers.h"
#include "web/http/errors.h"

namespace glitch_protocol::web::handlers {

namespace {

/// One event stream from its opening to its end. Shared by the two functions that the connection layer calls.
/// *Thread-safe.*
class Subscription {
 public:
  Subscription(const Services& services, std::shared_ptr<StreamPlace> place)
      : engine_(services.engine), hub_(services.hub), log_(services.log), place_(std::move(place)) {}

  void open(const std::shared_ptr<EventSink>& sink) {
    const Subscriber& subscriber = place_->subscriber();
    sink->send(
        std::make_shared<const std::string>(formatConnected(subscriber.socketId, subscriber.sessionId)));
    place_->open(sink);
    try {
      engine_.updateSessionSocketId(subscriber.sessionId, subscriber.socketId);
      if (const auto reason = engine_.endReasonOf(subscriber.sessionId)) {
        hub_.emitToSocket(subscriber.socketId, SessionTerminatedEvent{subscriber.sessionId, *reason});
      } else {
        engine_.sendSessions(subscriber.userId, subscriber.socketId);
      }
    } catch (const std::exception& fault) {
      // Whether the session lives is not known: the client connects again, and is told then.
      log_.writeRepeatable(LogLevel::error, "stream_failed", "", {{"reason", fault.what()}});
      sink->finish();
    }
  }

  void close() {
    const Subscriber& subscriber = place_->subscriber();
    place_->close();
    try {
      engine_.updateSessionSocketId(subscriber.sessionId,
                                    hub_.socketOf(subscriber.userId, subscriber.sessionId));
    } catch (const std::exception& fault) {
      log_.writeRepeatable(LogLevel::error, "stream_failed", "", {{"reason", fault.what()}});
    }
  }

 private:
  // constant after construction
  Engine& engine_;
  EventHub& hub_;
  Log& log_;
  const std::shared_ptr<StreamPlace> place_;
};

void setStreamFields(Answer& answer) {
  // Without a charset: httplib would compress, and so hold back, a type that it does not know for a stream.
  answer.contentType = "text/event-stream";
  answer.set("X-Accel-Buffering", "no");
}

}  // namespace

void events(Context& context, const Principal& who) {
  if (context.request.method == "HEAD") {
    setStreamFields(context.answer);
    return context.answer.add("Content-Type", "text/event-stream");  // of a body that is not there
  }
  const SocketId socket{randomId(context.engine().random())};
  auto place = context.services.hub.reserve({who.userId, who.sessionId, socket},
                                            context.services.config.maxStreamsPerUser);
  if (!place) throw createTooManyStreamsError();

  const auto subscription = std::make_shared<Subscription>(context.services, std::move(place));
  setStreamFields(context.answer);
  context.exchange.stream = StreamOpening{
      [subscription](const std::shared_ptr<EventSink>& sink) { subscription->open(sink); },
      [subscription] { subscription->close(); },
  };
}

}  // namespace glitch_protocol::web::handlers
