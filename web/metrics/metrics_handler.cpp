#include "web/metrics/metrics_handler.h"

#include <utility>

namespace glitch_protocol::web {
namespace {

constexpr std::string_view path = "/metrics";

void answerText(Answer& answer, int status, std::string text, std::string_view contentType) {
  answer.status = status;
  answer.body = std::move(text);
  answer.contentType = contentType;
}

}  // namespace

void MetricsHandler::handle(const Request& request, Answer& answer, Exchange& exchange) {
  // Counting the sessions reads the database.
  if (exchange.stage == Stage::arrived && request.path() == path) {
    exchange.queueing = Queueing{Lane::commit, exchange.peer.address, {}};
    return;
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.path() == path && reads)
    return answerText(answer, 200, metrics_.text(), "text/plain; version=0.0.4");
  answerText(answer, 404, "Only GET /metrics is served here.\n", "text/plain; charset=utf-8");
}

ConnectionLimits metricsLimits() {
  ConnectionLimits limits;
  limits.maxConnections = 32;
  limits.workers = 1;
  limits.commitThreads = 1;
  limits.commitQueue = 4;
  limits.hashingThreads = 1;
  return limits;
}

}  // namespace glitch_protocol::web
