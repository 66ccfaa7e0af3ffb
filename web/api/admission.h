// The steps that no handler can forget: they follow from the route's columns.
//
// A request whose route waits for a thread of a lane is admitted twice. On its arrival, so that nothing waits that
// would be refused anyway; it waits with the places that the limits have given it, and gives them back if it does
// not get its turn. And when its turn has come, since its session may have ended meanwhile; but the limits are not
// asked again.
#pragma once

#include <variant>

#include "web/api/context.h"
#include "web/api/principal.h"
#include "web/http/errors.h"

namespace glitch_protocol::web {

/// What admission hands to the handler: its alternatives stand in the order of Access.
using Admitted = std::variant<std::monostate, SignedIn, PresentedToken, SigningOut, Principal>;

/// Reads the body and finds out who is calling, as the route demands; nothing has been changed when it throws. In
/// this order:
///   1. body: BAD_REQUEST for several Content-Types, UNSUPPORTED_MEDIA_TYPE, BAD_JSON;
///   2. repeated credentials: BAD_REQUEST;
///   3. credentials: TOKEN_MISSING, the engine's verdicts on tokens, ORIGIN_NOT_ALLOWED for a cookie from
///      elsewhere;
///   4. the route's rate limit, unless the request has waited since: RATE_LIMITED.
/// A request that has waited longer than ApiConfig::patience is refused before all that: BusyError. A session that
/// is let in by its access token or to listen counts as active now.
Admitted admit(Context&);

/// Whether an admitted request is to go on in its route's lane. Not for Lane::probe while the latest probe is
/// fresh.
bool mustWait(const Context&);

/// Lets the request wait in its lane, in a place that counts for the client's address, as the limits see it, and
/// for the account that it is about, where that is known without the database.
void waitForThread(Context&, const Admitted&);

/// The row that the router found when the request arrived; null on its arrival.
const Route* routeOnArrival(const Exchange&);

/// Calls the route's handler with what admission has found.
void callHandler(Context&, const Admitted&);

/// Tells the limits that took part in admit() what became of the request: `refusal` is null when it was carried
/// out. What was not decided (an outage, a fault in a field) does not count. A limit that is reached by it goes
/// into the history of the account: LOGIN_LIMITED, once for each wait and not for those who are refused meanwhile,
/// so that nobody can fill the database by being refused.
void settleLimits(Context&, const Outcome* refusal);

}  // namespace glitch_protocol::web
