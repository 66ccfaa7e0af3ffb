// Answers to requests for which the route table has no row.
#include "web/api/handlers/handlers.h"
#include "web/http/cors.h"

namespace glitch_protocol::web::handlers {

void notFound(Context&) {
  throw createNotFoundError();
}

void methodNotAllowed(Context& context) {
  context.answer.set("Allow", context.services.router.allowedMethods(context.request.path()));
  throw createMethodNotAllowedError();
}

void preflight(Context& context) {
  const std::string allowed = context.services.router.allowedMethods(context.request.path());
  context.answer.status = 204;
  context.answer.set("Allow", allowed);
  setPreflightFields(context.request, context.answer, context.services.config.allowedOrigins, allowed);
}

}  // namespace glitch_protocol::web::handlers
