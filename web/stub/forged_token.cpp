#include "web/stub/forged_token.h"

#include <array>
#include <chrono>
#include <utility>

#include "engine/text/encoding.h"
#include "engine/tokens/hmac.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::pair<std::string_view, TokenFault>, 8> names{{
    {"expired", TokenFault::expired},
    {"not_yet_valid", TokenFault::notYetValid},
    {"wrong_signature", TokenFault::wrongSignature},
    {"wrong_algorithm", TokenFault::wrongAlgorithm},
    {"none_algorithm", TokenFault::noneAlgorithm},
    {"malformed", TokenFault::malformed},
    {"ended_session", TokenFault::endedSession},
    {"unknown_user", TokenFault::unknownUser},
}};

std::string headerFor(TokenFault fault) {
  if (fault == TokenFault::noneAlgorithm) return R"({"alg":"none","typ":"JWT"})";
  if (fault == TokenFault::wrongAlgorithm) return R"({"alg":"HS512","typ":"JWT"})";
  return R"({"alg":"HS256","typ":"JWT"})";
}

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::string payloadOf(const TokenRecipe& recipe, TimePoint now) {
  const bool expired = recipe.fault == TokenFault::expired;
  JsonWriter json;
  json.beginObject();
  json.key("sub").string(recipe.claims.sub.str());
  json.key("sessionId").string(recipe.claims.sessionId.str());
  json.key("iat").number(seconds(expired ? now - 1h : recipe.claims.issuedAt));
  json.key("exp").number(seconds(expired ? now - 1min : recipe.claims.expiresAt));
  if (recipe.fault == TokenFault::notYetValid) json.key("nbf").number(seconds(now + 1h));
  for (const auto& [name, value] : recipe.extra) json.key(name).json(value.serialize());
  json.endObject();
  return json.take();
}

}  // namespace

std::optional<TokenFault> tokenFaultNamed(std::string_view name) {
  for (const auto& [known, fault] : names)
    if (known == name) return fault;
  return std::nullopt;
}

std::string tokenFaultNames() {
  std::string list;
  for (const auto& [name, fault] : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

std::string forgeToken(const Secret& secret, const TokenRecipe& recipe, TimePoint now) {
  std::string token = base64urlEncode(headerFor(recipe.fault)) + ".";
  token +=
      recipe.fault == TokenFault::malformed ? "{not base64url}" : base64urlEncode(payloadOf(recipe, now));
  if (recipe.fault == TokenFault::noneAlgorithm) return token + ".";
  const bool wrong = recipe.fault == TokenFault::wrongSignature;
  const Mac mac = HmacKey(wrong ? hkdfSha256(secret, "somebody else's secret") : secret).sign(token);
  return token + "." + base64urlEncode(bytesOf(mac));
}

}  // namespace glitch_protocol::web
