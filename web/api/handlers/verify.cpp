// For proxies that ask before they pass a request on: nginx auth_request, Caddy and Traefik forward_auth. The hot
// path of the whole program.
#include "web/api/handlers/handlers.h"
#include "web/http/header_text.h"

namespace glitch_protocol::web::handlers {

namespace {

/// What to call the user: the name, or the e-mail where nothing of a name is left.
std::string displayName(const SignedIn& who) {
  std::string name = who.name ? headerText(*who.name) : "";
  return name.empty() ? who.email : name;
}

}  // namespace

// All five fields are always there and never empty: a proxy may let a client's own through where one of ours is
// missing.
void verify(Context& context, const SignedIn& who) {
  Answer& answer = context.answer;
  succeed(answer);
  answer.add("Remote-Email", who.email);
  answer.add("Remote-Name", displayName(who));
  answer.add("Remote-Sub", who.userId.str());
  answer.add("Remote-User", who.email);
  answer.add("X-Session-Id", who.sessionId.str());
}

}  // namespace glitch_protocol::web::handlers
