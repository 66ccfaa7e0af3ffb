// The steps that no handler can forget: they follow from the route's columns.
#pragma once

#include "web/call.h"
#include "web/errors.h"

namespace glitch_protocol::web {

/// Reads the body and finds out who is calling, as the call's route demands; nothing has been changed when it
/// throws. In this order:
///   1. body: BAD_REQUEST for several Content-Types, UNSUPPORTED_MEDIA_TYPE, BAD_JSON;
///   2. repeated credentials: BAD_REQUEST;
///   3. credentials: TOKEN_MISSING, the engine's verdicts on tokens, ORIGIN_NOT_ALLOWED for a cookie from
///      elsewhere;
///   4. the route's rate limit: RATE_LIMITED.
/// A session that is let in by its access token or to listen counts as active now.
void admit(Call&);

/// Tells the limits that took part in admit() what became of the call: `refusal` is null when it was carried
/// out. What was not decided (an outage, a fault in a field) does not count. A limit that is reached by it
/// goes into the history of the account: LOGIN_LIMITED, once for each wait and not for those who are refused
/// meanwhile, so that nobody can fill the database by being refused.
void settleLimits(Call&, const Outcome* refusal);

}  // namespace glitch_protocol::web
