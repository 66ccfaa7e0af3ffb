#include "web/api/handlers/handlers.h"
#include "web/api/handlers/tokens.h"

namespace glitch_protocol::web::handlers {

// The new refresh token goes back the way the old one came.
void refresh(Call& call) {
  const RefreshCredential& presented = *call.refreshCredential();
  call.nameRefusal("refresh_refused");
  const Rotation rotation = call.engine().rotateRefreshToken(presented.token, call.client());

  call.log("refreshed", rotation.userId, rotation.sessionId, LogLevel::debug);

  const bool cameInBody = presented.source == RefreshCredential::Source::body;
  answerTokens(call, rotation.tokens, cameInBody ? Delivery::body : Delivery::cookie);
}

}  // namespace glitch_protocol::web::handlers
