// Exchanges a refresh token for the next pair of tokens.
#include "web/api/handlers/handlers.h"
#include "web/api/handlers/tokens.h"

namespace glitch_protocol::web::handlers {

// The new refresh token is delivered the way the old one was sent.
void refresh(Context& context, const PresentedToken& presented) {
  context.onRefusal.event = "refresh_refused";
  const Rotation rotation = context.engine().rotateRefreshToken(requireChecked(presented), context.client());
  context.log("refreshed", rotation.userId, rotation.sessionId, LogLevel::debug);
  const bool cameInBody = presented.proof == Proof::refreshToken;
  answerTokens(context, rotation.tokens, cameInBody ? Delivery::body : Delivery::cookie);
}

}  // namespace glitch_protocol::web::handlers
