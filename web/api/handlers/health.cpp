// Health checks for monitoring: is the server alive, and can it write?
#include "web/api/handlers/handlers.h"

namespace glitch_protocol::web::handlers {

void healthz(Context& context) {
  answerJson(context.answer, 200, R"({"status":"ok"})");
}

// On a worker thread this is called only while the latest result is fresh (admission.h), so it never blocks
// there.
void readyz(Context& context) {
  ReadinessCheck& check = context.services.readiness;
  const Exchange& exchange = context.exchange;
  const Readiness found = exchange.stage == Stage::queued ? check.find(exchange.requestId) : check.latest();
  if (found == Readiness::ready) return answerJson(context.answer, 200, R"({"status":"ok"})");
  answerJson(context.answer, 503, R"({"status":"unavailable"})");
  context.answer.set("Retry-After", "2");
}

}  // namespace glitch_protocol::web::handlers
