#include "web/answer.h"
#include "web/handlers/handlers.h"
#include "web/header_text.h"

namespace glitch_protocol::web::handlers {

// For proxies that ask before they pass a request on: nginx auth_request, Caddy and Traefik forward_auth. The
// hot path.
void verify(Call& call) {
  const Identity& identity = call.identity();
  httplib::Response& response = call.response();
  succeed(response);
  response.set_header("Remote-User", identity.email);
  response.set_header("Remote-Sub", call.userId().str());
  response.set_header("Remote-Email", identity.email);
  response.set_header("X-Session-Id", call.sessionId().str());
  if (!identity.name) return;
  const std::string name = headerText(*identity.name);
  if (!name.empty()) response.set_header("Remote-Name", name);
}

}  // namespace glitch_protocol::web::handlers
