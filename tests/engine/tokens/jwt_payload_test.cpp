// Tests of reading and writing the payload of an access token.
#include "engine/tokens/jwt_payload.h"

#include <string>
#include <vector>

#include "tests/catch.h"

// Refused payloads are tested with whole tokens in access_token_test.cpp.

namespace glitch_protocol {

TEST_CASE("known claims are read, and absent ones are empty") {
  const std::optional<JwtPayload> payload = parseJwtPayload(R"({"sub":"s","exp":7,"other":{"iat":1}})");
  REQUIRE(payload.has_value());
  CHECK(payload->sub == "s");
  CHECK(payload->exp == 7);
  CHECK_FALSE(payload->sessionId.has_value());
  CHECK_FALSE(payload->iat.has_value());
  CHECK_FALSE(payload->nbf.has_value());
}

TEST_CASE("escapes in claims are decoded") {
  const std::optional<JwtPayload> payload =
      parseJwtPayload(R"({"sub":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\uD83D\ude00"})");
  REQUIRE(payload.has_value());
  CHECK(payload->sub == "\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST_CASE("text that is written as a JSON string is read back unchanged") {
  CHECK(toJsonString("") == "\"\"");
  CHECK(toJsonString("a\"b\\c\n\x1f") == R"("a\"b\\c\u000a\u001f")");
  std::string everyAscii;
  for (int c = 0; c < 128; ++c) everyAscii.push_back(static_cast<char>(c));
  const std::optional<JwtPayload> payload = parseJwtPayload("{\"sub\":" + toJsonString(everyAscii) + "}");
  REQUIRE(payload.has_value());
  CHECK(payload->sub == everyAscii);
}

}  // namespace glitch_protocol
