// The answer that registering and signing in share.
#pragma once

#include "engine/accounts.h"
#include "web/api/call.h"

namespace glitch_protocol::web::handlers {

/// `{accessToken, expiresIn, user, sessions}`, of the sessions the first page, with the refresh token as `delivery`
/// says; beside its cookie comes the one by which the account will know this browser.
void answerSignIn(Call&, int status, const SignIn&, Delivery);

}  // namespace glitch_protocol::web::handlers
