// Signs out of the current session.
#include <variant>

#include "web/api/handlers/handlers.h"
#include "web/api/handlers/tokens.h"
#include "web/api/session_cookies.h"

namespace glitch_protocol::web::handlers {

// A sign-out clears the cookie in any case, even when it was invalid.
void logout(Context& context, const SigningOut& who) {
  context.onRefusal = {"logout_refused", CookieEffect::cleared};
  if (const auto* presented = std::get_if<PresentedToken>(&who)) {
    if (const auto owner = context.engine().logoutByRefreshToken(requireChecked(*presented))) {
      context.userId = owner->userId;
      context.sessionId = owner->sessionId;
    }
  } else {
    const auto& principal = std::get<Principal>(who);
    context.engine().logout(principal.sessionId, principal.userId);
  }
  context.log("logged_out", context.userId, context.sessionId);
  succeed(context.answer);
  clearRefreshCookie(context);
}

}  // namespace glitch_protocol::web::handlers
