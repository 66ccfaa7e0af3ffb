#include "web/api/handlers/handlers.h"
#include "web/http/answer.h"
#include "web/http/header_text.h"

namespace glitch_protocol::web::handlers {

namespace {

/// What to call the user: the name, or the e-mail where nothing of a name is left.
std::string displayName(const Identity& identity) {
  std::string name = identity.name ? headerText(*identity.name) : "";
  return name.empty() ? identity.email : name;
}

}  // namespace

// For proxies that ask before they pass a request on: nginx auth_request, Caddy and Traefik forward_auth. The
// hot path. All five fields are always there and never empty: a proxy may let a client's own through where
// one of ours is missing.
void verify(Call& call) {
  const Identity& identity = call.identity();
  httplib::Response& response = call.response();
  succeed(response);
  addHeader(response, "Remote-Email", identity.email);
  addHeader(response, "Remote-Name", displayName(identity));
  addHeader(response, "Remote-Sub", call.userId().str());
  addHeader(response, "Remote-User", identity.email);
  addHeader(response, "X-Session-Id", call.sessionId().str());
}

}  // namespace glitch_protocol::web::handlers
