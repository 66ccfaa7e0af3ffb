#include "web/api/handlers/sign_in.h"

#include "web/api/views.h"
#include "web/http/answer.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

namespace {

// The sign-in has been committed: an outage from here on must not look as if nothing had been decided.
std::vector<SessionInfo> sessionsOf(Call& call, const SignIn& signIn) {
  try {
    return call.engine().getActiveSessions(signIn.user.id, {}).sessions;
  } catch (const StoreError&) {
    return {signIn.session};
  }
}

}  // namespace

void answerSignIn(Call& call, int status, const SignIn& signIn, Delivery delivery) {
  JsonWriter json;
  json.beginObject();
  json.key("accessToken").string(signIn.tokens.accessToken);
  json.key("expiresIn").number(call.secondsUntil(signIn.tokens.accessTokenExpiresAt).count());
  if (delivery == Delivery::body) json.key("refreshToken").string(signIn.tokens.refreshToken);
  writeUser(json.key("user"), {signIn.user.id, signIn.user.email, signIn.user.name, signIn.user.createdAt});
  writeSessions(json.key("sessions"), sessionsOf(call, signIn), signIn.session.id);
  json.endObject();
  succeed(call.response(), status, json.text());
  if (delivery == Delivery::body) return;
  call.setRefreshCookie(signIn.tokens);
  call.addDeviceCookie(call.services().known.newDeviceToken(signIn.user.id));
}

}  // namespace glitch_protocol::web::handlers
