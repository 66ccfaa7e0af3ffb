#include "web/answer.h"
#include "web/handlers/handlers.h"

namespace glitch_protocol::web::handlers {

void changePassword(Call& call) {
  const std::string currentPassword = call.requiredText("currentPassword");
  const std::string newPassword = call.requiredText("newPassword");
  call.requireFields();

  call.nameRefusal("password_change_refused");
  call.accounts().changePassword(call.userId(), call.sessionId(), currentPassword, newPassword,
                                 call.client());
  call.log("password_changed", call.userId(), call.sessionId());
  succeed(call.response());
}

}  // namespace glitch_protocol::web::handlers
