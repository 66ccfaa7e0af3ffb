#include "web/api/handlers/handlers.h"
#include "web/http/answer.h"

namespace glitch_protocol::web::handlers {

// Whoever asks to be signed out ends up without the cookie, also when it was worthless.
void logout(Call& call) {
  call.nameRefusal("logout_refused");
  call.clearRefreshCookieOnRefusal();
  if (const auto& credential = call.refreshCredential()) {
    if (const auto owner = call.engine().logoutByRefreshToken(credential->token))
      call.setRefreshIdentity(*owner);
  } else {
    call.engine().logout(call.sessionId(), call.userId());
  }
  call.log("logged_out", call.userId(), call.sessionId());
  succeed(call.response());
  call.clearRefreshCookie();
}

}  // namespace glitch_protocol::web::handlers
