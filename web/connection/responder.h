// Calls the handler for one request and formats its answer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "web/connection/answer_fields.h"
#include "web/connection/exchange.h"
#include "web/connection/framing.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Turns requests into response bytes. *One thread at a time*: each thread that serves connections has its
/// own.
class Responder {
 public:
  /// All arguments are borrowed and must outlive the responder.
  Responder(RequestHandler& handler, Log& log, const AnswerFields& answerFields)
      : handler_(handler), log_(log), answerFields_(answerFields) {}

  struct Response {
    /// The complete response, or the head of an event stream. Valid until the next call or wipe().
    std::string_view bytes;
    Framing::Persistence persistence = Framing::Persistence::close;
    std::shared_ptr<StreamSource> stream = nullptr;
    /// Set when the handler asked for a lane: there is no answer yet.
    std::optional<Exchange> waiting = std::nullopt;
  };

  /// `persistence` is what happens to the connection if the handler does not close it. An exception of the
  /// handler becomes 500 and is logged. Running out of memory closes the connection without an answer, since
  /// it is unknown what the handler had done, and 503 would mean that nothing had happened.
  Response respond(const Request& request, Exchange exchange, Framing::Persistence persistence);

  /// Overwrites what the last answer left in the responder's buffers.
  void wipe();

 private:
  void callHandler(const Request& request, Exchange& exchange);
  Response write(const Request& request, Exchange& exchange, Framing::Persistence persistence);
  void logFailure(const Request& request, const Exchange& exchange, std::string_view reason);

  // constant after construction
  RequestHandler& handler_;
  Log& log_;
  const AnswerFields& answerFields_;

  // Kept so that their memory is reused.
  Answer answer_;
  std::string bytes_;
};

}  // namespace glitch_protocol::web
