// Fuzzes AccessTokens::verify() with arbitrary tokens, and with arbitrary payloads that are signed correctly.
#include <picojson.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/errors.h"
#include "engine/text/encoding.h"
#include "engine/tokens/access_token.h"
#include "engine/tokens/hmac.h"

namespace {

using namespace glitch_protocol;

const Secret secret("a secret for fuzzing, of 32 bytes or more");
const AccessTokens tokens(secret);
const HmacKey key(secret);
const TimePoint now{std::chrono::seconds{1767225600}};

std::optional<AccessClaims> verified(std::string_view token) {
  try {
    return tokens.verify(token, now);
  } catch (const TokenError&) {
    return std::nullopt;
  }
}

std::string signedWith(std::string_view payload) {
  const std::string message =
      base64urlEncode(R"({"alg":"HS256","typ":"JWT"})") + "." + base64urlEncode(payload);
  return message + "." + base64urlEncode(bytesOf(key.sign(message)));
}

/// Empty for ids that fitted into a token but are spelled differently from sign() (\u000a instead of \n).
std::string signedAnew(const AccessClaims& claims) {
  try {
    return tokens.sign(claims);
  } catch (const std::invalid_argument&) {
    return "";
  }
}

void expect(bool condition) {
  if (!condition) std::abort();
}

// What the strict reader accepts, a lenient one must accept too, with the same contents.
void expectAgreement(const AccessClaims& claims, const std::string& json) {
  picojson::value value;
  try {
    expect(picojson::parse(value, json).empty());
  } catch (const std::overflow_error&) {
    return;  // a number in an unknown claim that does not fit into a double
  }
  expect(value.is<picojson::object>());
  expect(value.get("sub").get<std::string>() == claims.sub.str());
  expect(value.get("sessionId").get<std::string>() == claims.sessionId.str());
  expect(value.get("exp").get<double>() ==
         static_cast<double>(
             std::chrono::duration_cast<std::chrono::seconds>(claims.expiresAt.time_since_epoch()).count()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);

  // A MAC cannot be guessed.
  expect(!verified(input).has_value());

  const std::optional<AccessClaims> claims = verified(signedWith(input));
  if (!claims) return 0;
  expect(!claims->sub.empty() && !claims->sessionId.empty());
  expect(claims->expiresAt > now && claims->issuedAt <= now + std::chrono::seconds(60));
  expectAgreement(*claims, input);

  const std::string own = signedAnew(*claims);
  if (own.empty()) {
    expect(input.size() > 1000);
    return 0;
  }
  const std::optional<AccessClaims> again = verified(own);
  expect(again && again->sub == claims->sub && again->sessionId == claims->sessionId &&
         again->issuedAt == claims->issuedAt && again->expiresAt == claims->expiresAt);
  return 0;
}
