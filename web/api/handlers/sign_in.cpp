#include "web/api/handlers/sign_in.h"

#include <vector>

#include "web/api/session_cookies.h"
#include "web/api/views.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

namespace {

// The sign-in is committed: from here on an outage must not be reported as if nothing had happened.
std::vector<SessionInfo> sessionsOf(const Context& context, const SignIn& signIn) {
  try {
    return context.engine().getActiveSessions(signIn.user.id, {}).sessions;
  } catch (const StoreError&) {
    return {signIn.session};
  }
}

}  // namespace

void answerSignIn(Context& context, int status, const SignIn& signIn, Delivery delivery) {
  JsonWriter json;
  json.beginObject();
  json.key("accessToken").string(signIn.tokens.accessToken);
  json.key("expiresIn").number(secondsUntil(context, signIn.tokens.accessTokenExpiresAt).count());
  if (delivery == Delivery::body) json.key("refreshToken").string(signIn.tokens.refreshToken);
  writeUser(json.key("user"), {signIn.user.id, signIn.user.email, signIn.user.name, signIn.user.createdAt});
  writeSessions(json.key("sessions"), sessionsOf(context, signIn), signIn.session.id);
  json.endObject();
  succeed(context.answer, status, json.text());
  if (delivery == Delivery::body) return;
  setRefreshCookie(context, signIn.tokens);
  addDeviceCookie(context, context.services.known.newDeviceToken(signIn.user.id));
}

}  // namespace glitch_protocol::web::handlers
