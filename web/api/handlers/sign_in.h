// The answer that registering and signing in share.
#pragma once

#include "engine/accounts.h"
#include "web/api/context.h"
#include "web/api/handlers/delivery.h"

namespace glitch_protocol::web::handlers {

/// `{accessToken, expiresIn, user, sessions}`, the first page of the sessions, with the refresh token as `delivery`
/// says; beside its cookie comes the one by which the account recognises this browser.
void answerSignIn(Context&, int status, const SignIn&, Delivery);

}  // namespace glitch_protocol::web::handlers
