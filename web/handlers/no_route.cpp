#include "web/answer.h"
#include "web/cors.h"
#include "web/errors.h"
#include "web/handlers/handlers.h"

namespace glitch_protocol::web::handlers {

void notFound(Call&) {
  throw createNotFoundError();
}

void methodNotAllowed(Call& call) {
  setHeader(call.response(), "Allow", allowedMethods(call.path()));
  throw createMethodNotAllowedError();
}

void preflight(Call& call) {
  const std::string allowed = allowedMethods(call.path());
  call.response().status = 204;
  setHeader(call.response(), "Allow", allowed);
  setPreflightHeaders(call.request(), call.response(), call.services().config.allowedOrigins, allowed);
}

}  // namespace glitch_protocol::web::handlers
