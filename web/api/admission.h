// Admission: the checks before every handler, derived from the columns of the route so that no handler can
// forget them.
//
// A request whose route waits for a thread of a lane is admitted twice. First on arrival, so that a request
// that would be refused does not wait; while it waits it keeps its rate-limit reservations, which are
// released if it never runs. Again when it gets its thread, since its session may have ended meanwhile; a refresh
// token is not checked a second time, because the transaction that uses it decides, and neither are the rate limits.
#pragma once

#include <variant>

#include "web/api/context.h"
#include "web/api/principal.h"
#include "web/http/errors.h"

namespace glitch_protocol::web {

/// What admission passes to the handler; the alternatives are in the order of Access.
using Admitted = std::variant<std::monostate, SignedIn, PresentedToken, SigningOut, Principal>;

/// Reads the body and authenticates the caller as the route requires. Nothing has been changed when it
/// throws. The checks, in order:
///   1. body: BAD_REQUEST for several Content-Types, UNSUPPORTED_MEDIA_TYPE, BAD_JSON;
///   2. repeated credentials: BAD_REQUEST;
///   3. credentials: TOKEN_MISSING, the verdicts of the engine on tokens, ORIGIN_NOT_ALLOWED for a cookie
///      sent by a foreign page;
///   4. the rate limit of the route, unless the request has waited for a thread: RATE_LIMITED.
/// A request that has waited longer than ApiConfig::patience is refused before these checks: BusyError. A
/// session that is admitted by its access token, or opens an event stream, is recorded as active.
Admitted admit(Context&);

/// Whether an admitted request has to wait for a thread of its lane. False for Lane::probe while the latest
/// probe is fresh.
bool mustWait(const Context&);

/// Queues the request in its lane. Its place in the queue is charged to the client address (as the rate
/// limits see it) and, when it is known without the database, to the account concerned.
void waitForThread(Context&, const Admitted&);

/// The route that was found when the request arrived; null on arrival.
const Route* routeOnArrival(const Exchange&);

/// Calls the handler of the route with the result of admission.
void callHandler(Context&, const Admitted&);

/// Settles the reservations made by admit(): `refusal` is null when the request succeeded. Attempts without a
/// decision (an outage, an error in another field) do not count. When a limit is reached, LOGIN_LIMITED is
/// added to the history of the account: once for each wait and not for the requests refused during it, so
/// that refused requests cannot fill the database.
void settleLimits(Context&, const Outcome* refusal);

}  // namespace glitch_protocol::web
