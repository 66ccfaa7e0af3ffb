// Tells the caller who is signed in, and in which session.
#include "web/api/handlers/handlers.h"
#include "web/api/views.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

void me(Context& context, const SignedIn& who) {
  const auto session = context.engine().findActiveSession(who.userId, who.sessionId);
  if (!session) throw createSessionTerminatedError("ended during the request");

  JsonWriter json;
  json.beginObject();
  writeUser(json.key("user"), {who.userId, who.email, who.name, who.userCreatedAt});
  writeSession(json.key("session"), *session, who.sessionId);
  json.endObject();
  succeed(context.answer, 200, json.text());
}

}  // namespace glitch_protocol::web::handlers
