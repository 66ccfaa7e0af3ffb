// Verifies an access token for proxies that ask before they forward a request: nginx auth_request, Caddy and
// Traefik forward_auth. The hot path of the program.
#include "web/api/handlers/handlers.h"
#include "web/http/header_text.h"

namespace glitch_protocol::web::handlers {

namespace {

/// The name of the user for header fields: the name, or the e-mail when the name has no usable characters.
std::string displayName(const SignedIn& who) {
  std::string name = who.name ? headerText(*who.name) : "";
  return name.empty() ? who.email : name;
}

}  // namespace

// All five fields are always present and never empty: a proxy might pass on a field that the client sent if
// ours were missing.
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
