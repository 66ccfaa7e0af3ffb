#include "web/api/handlers/handlers.h"
#include "web/api/handlers/tokens.h"

namespace glitch_protocol::web::handlers {

void changePassword(Call& call) {
  const std::string currentPassword = call.requiredText("currentPassword");
  const std::string newPassword = call.requiredText("newPassword");
  const Delivery delivery = call.delivery();
  call.requireFields();

  call.nameRefusal("password_change_refused");
  const TokenPair tokens = call.accounts().changePassword(call.userId(), call.sessionId(), currentPassword,
                                                          newPassword, call.client());
  call.log("password_changed", call.userId(), call.sessionId());
  answerTokens(call, tokens, delivery);
}

}  // namespace glitch_protocol::web::handlers
