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
  addHeader(response, "Remote-Email", identity.email);
  std::string name = headerText(identity.name.value_or(""));
  if (!name.empty()) addHeader(response, "Remote-Name", std::move(name));
  addHeader(response, "Remote-Sub", call.userId().str());
  addHeader(response, "Remote-User", identity.email);
  addHeader(response, "X-Session-Id", call.sessionId().str());
}

}  // namespace glitch_protocol::web::handlers
