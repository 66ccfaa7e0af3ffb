#include "web/answer.h"
#include "web/handlers/handlers.h"
#include "web/json_write.h"

namespace glitch_protocol::web::handlers {

// The new refresh token goes back the way the old one came.
void refresh(Call& call) {
  const RefreshCredential& presented = *call.refreshCredential();
  call.nameRefusal("refresh_refused");
  const Rotation rotation = call.engine().rotateRefreshToken(presented.token, call.client());

  call.log("refreshed", rotation.userId, rotation.sessionId, LogLevel::debug);

  const bool inBody = presented.source == RefreshCredential::Source::body;
  JsonWriter json;
  json.beginObject();
  json.key("accessToken").string(rotation.tokens.accessToken);
  json.key("expiresIn").number(call.secondsUntil(rotation.tokens.accessTokenExpiresAt).count());
  if (inBody) json.key("refreshToken").string(rotation.tokens.refreshToken);
  json.endObject();
  succeed(call.response(), 200, json.text());
  if (!inBody) call.setRefreshCookie(rotation.tokens);
}

}  // namespace glitch_protocol::web::handlers
