// What each route does, once web/api/admission.h has let its request in. One file for each noun; each function
// answers through the Call, or throws what web/http/errors.h turns into a refusal.
#pragma once

#include "web/api/call.h"

namespace glitch_protocol::web::handlers {

void registerUser(Call&);
void login(Call&);
void refresh(Call&);
void logout(Call&);
void me(Call&);
void verify(Call&);
void changePassword(Call&);
void activity(Call&);

void listSessions(Call&);
void terminateSession(Call&);
void terminateOtherSessions(Call&);
void events(Call&);

void healthz(Call&);
void readyz(Call&);
void openApi(Call&);

// Where no row of the route table fits.
void notFound(Call&);
void methodNotAllowed(Call&);
void preflight(Call&);

}  // namespace glitch_protocol::web::handlers
