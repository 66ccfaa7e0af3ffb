// Tests of encoding and decoding refresh tokens.
#include "engine/tokens/refresh_token.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/errors.h"
#include "engine/text/encoding.h"
#include "engine/tokens/access_token.h"
#include "tests/catch.h"

namespace glitch_protocol {
namespace {

const Secret secret("the secret of the tests, 32 bytes and more");
const Secret otherSecret("another secret of the tests, long enough");

RefreshTokenParts someParts() {
  RefreshTokenParts parts{.lineageId = {}, .counter = 0x0102030405060708};
  for (std::size_t i = 0; i < parts.lineageId.bytes.size(); ++i) {
    parts.lineageId.bytes[i] = static_cast<std::uint8_t>(0xf0 + i);
  }
  return parts;
}

}  // namespace

TEST_CASE("a refresh token is version, lineage, counter and MAC in base64url") {
  const std::string token = RefreshTokens(secret).encode(someParts());
  CHECK(token.size() == 76);
  const std::string bytes = base64urlDecode(token).value_or("");
  REQUIRE(bytes.size() == 57);
  const std::string message = bytes.substr(0, 25);
  CHECK(message == std::string("\x01\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff") +
                       "\x01\x02\x03\x04\x05\x06\x07\x08");
  const HmacKey key(hkdfSha256(secret, "refresh-token v1"));
  CHECK(bytes.substr(25) == bytesOf(key.sign(message)));
}

TEST_CASE("a refresh token decodes to its parts") {
  const RefreshTokens tokens(secret);
  RefreshTokenParts parts = someParts();
  parts.counter = GENERATE(std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256}, std::uint64_t{1} << 63,
                           std::numeric_limits<std::uint64_t>::max());
  CHECK(tokens.decode(tokens.encode(parts)) == parts);
}

TEST_CASE("a refresh token with any bit flipped is refused") {
  const RefreshTokens tokens(secret);
  const std::string bytes = *base64urlDecode(tokens.encode(someParts()));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE_FALSE(tokens.decode(base64urlEncode(flipped)).has_value());
  }
}

TEST_CASE("a refresh token with any character changed is refused") {
  const RefreshTokens tokens(secret);
  const std::string token = tokens.encode(someParts());
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (int c = 0; c < 256; ++c) {
      if (static_cast<char>(c) == token[i]) continue;
      std::string changed = token;
      changed[i] = static_cast<char>(c);
      if (tokens.decode(changed)) FAIL("accepted with character " << i << " changed to " << c);
    }
  }
  CHECK(tokens.decode(token).has_value());
}

TEST_CASE("a refresh token of any other length is refused") {
  const RefreshTokens tokens(secret);
  const std::string token = tokens.encode(someParts());
  for (std::size_t length = 0; length < token.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(tokens.decode(token.substr(0, length)));
  }
  for (const char* extra : {"A", "AAAA", "=", "==", "\n", " ", "."}) {
    CAPTURE(extra);
    CHECK_FALSE(tokens.decode(token + extra));
  }
  CHECK_FALSE(tokens.decode(" " + token));
  CHECK_FALSE(tokens.decode(token + token));
  CHECK_FALSE(tokens.decode(std::string(1000000, 'A')));
}

TEST_CASE("a correctly signed token of another version is refused") {
  const HmacKey key(hkdfSha256(secret, "refresh-token v1"));
  const RefreshTokens tokens(secret);
  const auto forged = [&](char version) {
    std::string bytes = std::string(1, version) + std::string(24, 'x');
    bytes += bytesOf(key.sign(bytes));
    return base64urlEncode(bytes);
  };
  CHECK(tokens.decode(forged(1)).has_value());
  CHECK_FALSE(tokens.decode(forged(0)));
  CHECK_FALSE(tokens.decode(forged(2)));
}

TEST_CASE("refresh tokens of a previous secret are accepted while it is configured") {
  const std::string old = RefreshTokens(otherSecret).encode(someParts());
  CHECK_FALSE(RefreshTokens(secret).decode(old));
  CHECK(RefreshTokens(secret, {otherSecret}).decode(old) == someParts());
  CHECK(RefreshTokens(secret, {Secret("a third one"), otherSecret}).decode(old) == someParts());
  CHECK(RefreshTokens(secret, {otherSecret}).encode(someParts()) ==
        RefreshTokens(secret).encode(someParts()));
}

TEST_CASE("refresh tokens and access tokens are not interchangeable") {
  const TimePoint now{std::chrono::seconds{1767225600}};
  const AccessTokens accessTokens(secret);
  const RefreshTokens refreshTokens(secret);
  const std::string access = accessTokens.sign({.sub = UserId("u"),
                                                .sessionId = SessionId("s"),
                                                .issuedAt = now,
                                                .expiresAt = now + std::chrono::minutes(15)});
  CHECK_FALSE(refreshTokens.decode(access));
  CHECK_THROWS_AS(accessTokens.verify(refreshTokens.encode(someParts()), now), TokenError);
}

TEST_CASE("a token signed with the secret itself instead of the derived key is refused") {
  std::string bytes = std::string("\x01") + std::string(24, 'x');
  bytes += bytesOf(HmacKey(secret).sign(bytes));
  CHECK_FALSE(RefreshTokens(secret).decode(base64urlEncode(bytes)));
}

}  // namespace glitch_protocol
