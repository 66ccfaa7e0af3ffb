// Signs and verifies access tokens. A token is accepted only if it passes these checks, in this order:
//   1. It has at most 4 KiB, which bounds the work of hashing.
//   2. It is header "." payload "." MAC, and the MAC of everything before it is valid under one of the secrets.
//   3. The header is byte for byte the one that sign() writes, so the algorithm cannot be chosen (RFC 8725, 3.1).
//   4. The payload is strict base64url of strict JSON (jwt_payload.h) with non-empty `sub` and `sessionId`, `iat` and
//      `exp`.
//   5. `iat`, and `nbf` if present, are at most 60 s in the future.
//   6. `exp` is in the future.
// Nothing is parsed before its MAC has been checked. Callers cannot tell failures of 1 to 5 apart; TOKEN_EXPIRED means
// that a token fails only 6. The result of 1 to 4 is cached (verified_tokens.h); 5 and 6 depend on the time and are
// checked for every call.
#include "engine/tokens/access_token.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>

#include "engine/errors.h"
#include "engine/text/encoding.h"
#include "engine/text/utf8.h"
#include "engine/tokens/jwt_payload.h"

namespace glitch_protocol::inline v1 {

namespace {

using std::chrono::seconds;

constexpr std::size_t maxTokenLength = 4096;

/// base64url of {"alg":"HS256","typ":"JWT"}
constexpr std::string_view encodedHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

struct TokenParts {
  std::string_view header;
  std::string_view payload;
  std::string_view mac;
  std::string_view signedPart;  // header "." payload
};

Denial invalid(std::string_view cause) {
  return {.code = code::tokenInvalid, .cause = std::string(cause)};
}

std::optional<TokenParts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last) return std::nullopt;
  return TokenParts{
      .header = token.substr(0, first),
      .payload = token.substr(first + 1, last - first - 1),  // a fourth part leaves a dot: not base64url
      .mac = token.substr(last + 1),
      .signedPart = token.substr(0, last)};
}

bool hasAllClaims(const JwtPayload& payload) {
  return payload.sub && !payload.sub->empty() && payload.sessionId && !payload.sessionId->empty() &&
         payload.iat && payload.exp;
}

std::optional<Denial> checkTimes(const JwtPayload& payload, TimePoint now) {
  const TimePoint latestStart = now + clockTolerance;
  if (TimePoint(seconds(*payload.iat)) > latestStart) return invalid("issued in the future");
  if (payload.nbf && TimePoint(seconds(*payload.nbf)) > latestStart) return invalid("not valid yet");
  if (TimePoint(seconds(*payload.exp)) <= now) return Denial{.code = code::tokenExpired};
  return std::nullopt;
}

void checkId(const std::string& id) {
  if (id.empty()) throw std::invalid_argument("an access token needs a user and a session");
  if (!isUtf8(id)) throw std::invalid_argument("an id in an access token must be UTF-8");
}

std::string numericDate(TimePoint time) {
  const auto value = std::chrono::floor<seconds>(time.time_since_epoch()).count();
  if (value < 0 || value > maxNumericDate)
    throw std::invalid_argument("a time out of range for an access token");
  return std::to_string(value);
}

}  // namespace

AccessTokens::AccessTokens(const Secret& current, const std::vector<Secret>& previous) {
  keys_.emplace_back(current);
  for (const Secret& secret : previous) keys_.emplace_back(secret);
}

std::string AccessTokens::sign(const AccessClaims& claims) const {
  checkId(claims.sub.str());
  checkId(claims.sessionId.str());
  const std::string payload = "{\"sub\":" + toJsonString(claims.sub.str()) +
                              ",\"sessionId\":" + toJsonString(claims.sessionId.str()) +
                              ",\"iat\":" + numericDate(claims.issuedAt) +
                              ",\"exp\":" + numericDate(claims.expiresAt) + "}";
  std::string token = std::string(encodedHeader) + "." + base64urlEncode(payload);
  const Mac mac = keys_.front().sign(token);
  token += "." + base64urlEncode(bytesOf(mac));
  if (token.size() > maxTokenLength) throw std::invalid_argument("ids too long for an access token");
  return token;
}

Result<AccessClaims> AccessTokens::check(std::string_view token, TimePoint now) const {
  std::optional<JwtPayload> payload = verified_.find(token);
  if (!payload) {
    Result<JwtPayload> read = readSigned(token);
    if (!read) return read.denial();
    payload = std::move(read).value();
    verified_.keep(token, *payload);
  }
  if (auto denial = checkTimes(*payload, now)) return *std::move(denial);
  return AccessClaims{.sub = UserId(*std::move(payload->sub)),
                      .sessionId = SessionId(*std::move(payload->sessionId)),
                      .issuedAt = TimePoint(seconds(*payload->iat)),
                      .expiresAt = TimePoint(seconds(*payload->exp))};
}

AccessClaims AccessTokens::verify(std::string_view token, TimePoint now) const {
  return check(token, now).orThrow();
}

Result<JwtPayload> AccessTokens::readSigned(std::string_view token) const {
  if (token.size() > maxTokenLength) return invalid("longer than 4 KiB");
  const std::optional<TokenParts> parts = split(token);
  if (!parts) return invalid("not three parts");
  const std::optional<std::string> mac = base64urlDecode(parts->mac);
  if (!mac || !isSigned(parts->signedPart, *mac)) return invalid("MAC does not match");
  if (parts->header != encodedHeader) return invalid("unexpected header");

  const std::optional<std::string> json = base64urlDecode(parts->payload);
  if (!json) return invalid("payload is not base64url");
  std::optional<JwtPayload> payload = parseJwtPayload(*json);
  if (!payload) return invalid("payload is malformed");
  if (!hasAllClaims(*payload)) return invalid("a claim is missing");
  return *std::move(payload);
}

bool AccessTokens::isSigned(std::string_view message, std::string_view mac) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const HmacKey& key) { return key.verify(message, mac); });
}

}  // namespace glitch_protocol::inline v1
