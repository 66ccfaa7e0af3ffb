// The handlers of all routes, called after admission. There is one file for each noun; each function answers
// through the Context or throws an exception that web/http/errors.h turns into a refusal.
#pragma once

#include "web/api/context.h"
#include "web/api/principal.h"

namespace glitch_protocol::web::handlers {

void registerUser(Context&);
void login(Context&);
void refresh(Context&, const PresentedToken&);
void logout(Context&, const SigningOut&);
void me(Context&, const SignedIn&);
void verify(Context&, const SignedIn&);
void changePassword(Context&, const SignedIn&);
void activity(Context&, const SignedIn&);

void listSessions(Context&, const SignedIn&);
void terminateSession(Context&, const SignedIn&);
void terminateOtherSessions(Context&, const SignedIn&);
void events(Context&, const Principal&);

void healthz(Context&);
void readyz(Context&);
void openApi(Context&);

// For requests that match no row of the route table.
void notFound(Context&);
void methodNotAllowed(Context&);
void preflight(Context&);

}  // namespace glitch_protocol::web::handlers
