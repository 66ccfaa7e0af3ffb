// Calls the handler for one request and writes down what it answers.
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

/// *One thread at a time*: each thread that serves connections has its own.
class Responder {
 public:
  /// All must outlive the responder.
  Responder(RequestHandler& handler, Log& log, const AnswerFields& answerFields)
      : handler_(handler), log_(log), answerFields_(answerFields) {}

  struct Response {
    /// The whole response, or the head of an event stream. Valid until the next call, or wipe().
    std::string_view bytes;
    Framing::Persistence persistence = Framing::Persistence::close;
    std::shared_ptr<StreamSource> stream = nullptr;
    /// Set when the handler asked for another lane: there is no answer yet.
    std::optional<Exchange> waiting = std::nullopt;
  };

  /// `persistence` is what the connection is to do if the handler does not close it. Whatever the handler throws
  /// becomes 500 and is logged; a lack of memory closes the connection without an answer, since what the handler had
  /// done by then is not known, and 503 would say that nothing had happened.
  Response respond(const Request& request, Exchange exchange, Framing::Persistence persistence);

  /// Overwrites what the last request's answer left in the responder's buffers.
  void wipe();

 private:
  void callHandler(const Request& request, Exchange& exchange);
  Response write(const Request& request, Exchange& exchange, Framing::Persistence persistence);
  void logFailure(const Request& request, const Exchange& exchange, std::string_view reason);

  // constant after construction
  RequestHandler& handler_;
  Log& log_;
  const AnswerFields& answerFields_;

  // Kept for their memory.
  Answer answer_;
  std::string bytes_;
};

}  // namespace glitch_protocol::web
