#include "web/api/handlers/tokens.h"

#include "web/api/session_cookies.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

void answerTokens(Context& context, const TokenPair& tokens, Delivery delivery) {
  JsonWriter json;
  json.beginObject();
  json.key("accessToken").string(tokens.accessToken);
  json.key("expiresIn").number(secondsUntil(context, tokens.accessTokenExpiresAt).count());
  if (delivery == Delivery::body) json.key("refreshToken").string(tokens.refreshToken);
  json.endObject();
  succeed(context.answer, 200, json.text());
  if (delivery == Delivery::cookie) setRefreshCookie(context, tokens);
}

const CheckedRefreshToken& requireChecked(const PresentedToken& presented) {
  if (!presented.token) throw createTokenInvalidError("not a token of this server");
  return *presented.token;
}

}  // namespace glitch_protocol::web::handlers
