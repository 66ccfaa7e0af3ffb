// Changes the password of the signed-in user.
#include "web/api/handlers/handlers.h"
#include "web/api/handlers/tokens.h"

namespace glitch_protocol::web::handlers {

void changePassword(Context& context, const SignedIn& who) {
  Fields body = context.body();
  const std::string currentPassword = body.requiredText("currentPassword");
  const std::string newPassword = body.requiredText("newPassword");
  const Delivery delivery = deliveryIn(body);
  body.throwErrors();

  context.onRefusal.event = "password_change_refused";
  const TokenPair tokens = context.services.accounts.changePassword(
      who.userId, who.sessionId, currentPassword, newPassword, context.client());
  context.log("password_changed", who.userId, who.sessionId);
  answerTokens(context, tokens, delivery);
}

}  // namespace glitch_protocol::web::handlers
