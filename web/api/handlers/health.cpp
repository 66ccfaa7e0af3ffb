#include "web/api/handlers/handlers.h"
#include "web/http/answer.h"

namespace glitch_protocol::web::handlers {

void healthz(Call& call) {
  answerJson(call.response(), 200, R"({"status":"ok"})");
}

// On a worker it is called only while the latest finding is fresh (admission.h): nobody waits there.
void readyz(Call& call) {
  ReadinessCheck& check = call.services().readiness;
  const Exchange& exchange = call.exchange();
  const Readiness found = exchange.stage == Stage::queued ? check.find(exchange.requestId) : check.latest();
  if (found == Readiness::ready) return answerJson(call.response(), 200, R"({"status":"ok"})");
  answerJson(call.response(), 503, R"({"status":"unavailable"})");
  setHeader(call.response(), "Retry-After", "2");
}

}  // namespace glitch_protocol::web::handlers
