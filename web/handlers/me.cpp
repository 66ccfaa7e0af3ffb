#include "web/answer.h"
#include "web/handlers/handlers.h"
#include "web/json_write.h"

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
