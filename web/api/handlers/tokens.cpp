#include "web/api/handlers/tokens.h"

#include "web/http/answer.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web::handlers {

void answerTokens(Call& call, const TokenPair& tokens, Delivery delivery) {
  JsonWriter json;
  json.beginObject();
  json.key("accessToken").string(tokens.accessToken);
  json.key("expiresIn").number(call.secondsUntil(tokens.accessTokenExpiresAt).count());
  if (delivery == Delivery::body) json.key("refreshToken").string(tokens.refreshToken);
  json.endObject();
  succeed(call.response(), 200, json.text());
  if (delivery == Delivery::cookie) call.setRefreshCookie(tokens);
}

}  // namespace glitch_protocol::web::handlers
