#include "web/metrics/metrics_handler.h"

#include "web/api/call.h"
#include "web/http/answer.h"

namespace glitch_protocol::web {
namespace {

constexpr std::string_view path = "/metrics";

}  // namespace

void MetricsHandler::handle(const httplib::Request& request, httplib::Response& response,
                            Exchange& exchange) {
  // Counting the sessions reads the database.
  if (exchange.stage == Stage::arrived && rawPath(request) == path) {
    exchange.queueing = Queueing{Lane::durable, exchange.peer.address, {}};
    return;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  response.status = rawPath(request) == path && reads ? 200 : 404;
  response.body = response.status == 200 ? metrics_.text() : "GET /metrics is all there is here.\n";
  setHeader(response, "Content-Type",
            response.status == 200 ? "text/plain; version=0.0.4" : "text/plain; charset=utf-8");
}

ConnectionLimits metricsLimits() {
  ConnectionLimits limits;
  limits.maxConnections = 32;
  limits.workers = 1;
  limits.durableThreads = 1;
  limits.durableQueue = 4;
  limits.slowThreads = 1;
  return limits;
}

}  // namespace glitch_protocol::web
