// The steps that no handler can forget: they follow from the route's columns.
#pragma once

#include "web/call.h"

namespace glitch_protocol::web {

/// Reads the body and finds out who is calling, as the call's route demands; nothing has been changed when it
/// throws. In this order:
///   1. body: BAD_REQUEST for several Content-Types, UNSUPPORTED_MEDIA_TYPE, BAD_JSON;
///   2. repeated credentials: BAD_REQUEST;
///   3. credentials: TOKEN_MISSING, the engine's verdicts on tokens, ORIGIN_NOT_ALLOWED for a cookie from
///   elsewhere.
/// A session that is let in by its access token or to listen counts as active now.
void admit(Call&);

}  // namespace glitch_protocol::web
