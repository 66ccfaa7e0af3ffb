// The answer that registration and login share.
#pragma once

#include "engine/accounts.h"
#include "web/api/context.h"
#include "web/api/handlers/delivery.h"

namespace glitch_protocol::web::handlers {

/// `{accessToken, expiresIn, user, sessions}` with the first page of the sessions. The refresh token is
/// delivered as `delivery` says; its cookie is accompanied by the device cookie.
void answerSignIn(Context&, int status, const SignIn&, Delivery);

}  // namespace glitch_protocol::web::handlers
