#include "web/connection/exchange.h"

#include <utility>

namespace glitch_protocol::web {

Exchange resumed(Exchange waiting) {
  waiting.queueing.reset();
  waiting.stage = Stage::queued;
  return waiting;
}

void answerAtOnce(RequestHandler& handler, const httplib::Request& request, httplib::Response& response,
                  Exchange& exchange) {
  exchange.arrival = std::chrono::steady_clock::now();
  exchange.stage = Stage::arrived;
  handler.handle(request, response, exchange);
  if (!exchange.queueing) return;
  exchange = resumed(std::move(exchange));
  handler.handle(request, response, exchange);
}

}  // namespace glitch_protocol::web
