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

/// The only place that knows httplib::Server from the inside. httplib parses the request line and serialises
/// the response; it never sees the client's header, so nothing in there can reach its parsers: the fields are
/// set by this layer, byte for byte as they came.
///
/// *One thread at a time*: each thread has its own.
class HttplibSeam {
 public:
  /// All must outlive the seam.
  HttplibSeam(RequestHandler& handler, Log& log, const AnswerFields& answerFields);
  ~HttplibSeam();

  HttplibSeam(const HttplibSeam&) = delete;
  HttplibSeam& operator=(const HttplibSeam&) = delete;

  struct Answer {
    /// The whole response, or the head of an event stream. Valid until the next call, or wipe().
    std::string_view bytes;
    Framing::Persistence persistence = Framing::Persistence::close;
    std::optional<StreamOpening> stream;
    /// Set when the handler asked for another lane: there is no answer yet.
    std::optional<Exchange> waiting = std::nullopt;
  };

  /// Calls the handler for one request and serialises its answer. `framing` is the verdict `complete` on
  /// `received`. Whatever fails becomes 500 and is logged; a lack of memory closes the connection without an
  /// answer, since what the handler had done by then is not known.
  Answer answer(std::string_view received, const Framing& framing, Exchange exchange,
                Framing::Persistence persistence);

  /// Overwrites what the last request and its answer left in the seam's buffers.
  void wipe();

 private:
  class Server;
  const std::unique_ptr<Server> server_;
};

}  // namespace glitch_protocol::web
