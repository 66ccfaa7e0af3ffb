// The answer that refresh and password change share.
#pragma once

#include "engine/types.h"
#include "web/api/context.h"
#include "web/api/handlers/delivery.h"

namespace glitch_protocol::web::handlers {

/// `{accessToken, expiresIn}`, with the refresh token delivered as `delivery` says.
void answerTokens(Context&, const TokenPair&, Delivery);

/// TokenError TOKEN_INVALID when this server did not make the token.
const CheckedRefreshToken& requireChecked(const PresentedToken&);

}  // namespace glitch_protocol::web::handlers
