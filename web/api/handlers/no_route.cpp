#include "web/api/handlers/handlers.h"
#include "web/http/answer.h"
#include "web/http/cors.h"
#include "web/http/errors.h"

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
