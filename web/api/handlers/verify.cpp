// Verifies an access token for proxies that ask before they forward a request: nginx auth_request, Caddy and
// Traefik forward_auth. The hot path of the program.
#include <stdexcept>
#include <string>

#include "web/api/handlers/handlers.h"
#include "web/http/header_text.h"

namespace glitch_protocol::web::handlers {

namespace {

/// The user id, which an embedding app may choose. It is not altered, since the result could be another user's id: an id
/// that a header field cannot carry is an error of the app.
std::string userIdOf(const SignedIn& who) {
  std::string id = headerText(who.userId.str());
  if (id != who.userId.str()) throw std::runtime_error("this user id cannot be sent in a header field");
  return id;
}

/// The name of the user for header fields: the name, or `otherwise` when the name has no usable characters.
std::string displayName(const SignedIn& who, const std::string& otherwise) {
  std::string name = who.name ? headerText(*who.name) : "";
  return name.empty() ? otherwise : name;
}

}  // namespace

// All five fields are always present and never empty: a proxy might pass on a field that the client sent if
// ours were missing. Where the user directory knows no e-mail the id stands in its place.
void verify(Context& context, const SignedIn& who) {
  const std::string id = userIdOf(who);
  const std::string& email = who.email.empty() ? id : who.email;
  Answer& answer = context.answer;
  succeed(answer);
  answer.add("Remote-Email", email);
  answer.add("Remote-Name", displayName(who, email));
  answer.add("Remote-Sub", id);
  answer.add("Remote-User", email);
  answer.add("X-Session-Id", who.sessionId.str());
}

}  // namespace glitch_protocol::web::handlers
