#include "web/answer.h"
#include "web/handlers/handlers.h"

namespace glitch_protocol::web::handlers {

void healthz(Call& call) {
  answerJson(call.response(), 200, R"({"status":"ok"})");
}

void readyz(Call& call) {
  const Services& services = call.services();
  try {
    if (services.probe) services.probe();
    answerJson(call.response(), 200, R"({"status":"ok"})");
  } catch (const StoreError& fault) {
    services.log.writeRepeatable(LogLevel::warning, "not_ready", call.client().ipAddress,
                                 {{"reason", fault.what()}, {"request_id", call.exchange().requestId}});
    answerJson(call.response(), 503, R"({"status":"unavailable"})");
    setHeader(call.response(), "Retry-After", "2");
  }
}

}  // namespace glitch_protocol::web::handlers
