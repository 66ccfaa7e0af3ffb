#include "web/api/handlers/handlers.h"
#include "web/api/views.h"
#include "web/http/answer.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

void me(Call& call) {
  const Identity& identity = call.identity();
  const auto session = call.engine().findActiveSession(call.userId(), call.sessionId());
  if (!session) throw createSessionTerminatedError("ended while it was asked about");

  JsonWriter json;
  json.beginObject();
  writeUser(json.key("user"), {call.userId(), identity.email, identity.name, identity.userCreatedAt});
  writeSession(json.key("session"), *session, call.sessionId());
  json.endObject();
  succeed(call.response(), 200, json.text());
}

}  // namespace glitch_protocol::web::handlers
