// Tests of device tokens.
#include "engine/tokens/device_token.h"

#include <string>

#include "engine/text/encoding.h"
#include "engine/tokens/refresh_token.h"
#include "tests/catch.h"

namespace glitch_protocol {
namespace {

const Secret secret("the secret of the tests, 32 bytes and more");
const Secret otherSecret("another secret of the tests, long enough");

DeviceTokenParts someParts(const std::string& user = "user-ada") {
  DeviceTokenParts parts;
  for (std::size_t i = 0; i < parts.device.bytes.size(); ++i)
    parts.device.bytes[i] = static_cast<std::uint8_t>(0xf0 + i);
  parts.issuedAt = TimePoint{std::chrono::milliseconds{0x0102030405060708}};
  parts.userId = UserId(user);
  return parts;
}

}  // namespace

TEST_CASE("a device token is version, device, time, user and MAC in base64url") {
  const std::string token = DeviceTokens(secret).encode(someParts());
  const std::string bytes = base64urlDecode(token).value_or("");
  REQUIRE(bytes.size() == 25 + 8 + 32);
  const std::string message = bytes.substr(0, 33);
  CHECK(message == std::string("\x01\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff") +
                       "\x01\x02\x03\x04\x05\x06\x07\x08" + "user-ada");
  CHECK(bytes.substr(33) == bytesOf(HmacKey(hkdfSha256(secret, "device cookie v1")).sign(message)));
}

TEST_CASE("a device token decodes to its parts, for user ids of 1 to 256 bytes") {
  const DeviceTokens tokens(secret);
  for (const std::size_t length : {1, 2, 3, 22, 128, 256}) {
    CAPTURE(length);
    const DeviceTokenParts parts = someParts(std::string(length, 'u'));
    CHECK(tokens.decode(tokens.encode(parts)) == parts);
  }
  CHECK_FALSE(tokens.decode(tokens.encode(someParts(""))));
  CHECK_FALSE(tokens.decode(tokens.encode(someParts(std::string(257, 'u')))));
}

TEST_CASE("a device token with any bit flipped, truncated or extended is refused") {
  const DeviceTokens tokens(secret);
  const std::string token = tokens.encode(someParts());
  const std::string bytes = *base64urlDecode(token);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE_FALSE(tokens.decode(base64urlEncode(flipped)).has_value());
  }
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    CAPTURE(length);
    REQUIRE_FALSE(tokens.decode(base64urlEncode(bytes.substr(0, length))));
  }
  for (const char* extra : {"A", "AAAA", "=", "\n", " ", "."}) {
    CAPTURE(extra);
    CHECK_FALSE(tokens.decode(token + extra));
  }
  CHECK_FALSE(tokens.decode(std::string(1000000, 'A')));
}

TEST_CASE("device tokens of a previous secret are accepted while it is configured") {
  const std::string old = DeviceTokens(otherSecret).encode(someParts());
  CHECK_FALSE(DeviceTokens(secret).decode(old));
  CHECK(DeviceTokens(secret, {otherSecret}).decode(old) == someParts());
}

TEST_CASE(
    "device tokens and refresh tokens are not interchangeable, and a device token signed with the secret "
    "itself is refused") {
  CHECK_FALSE(RefreshTokens(secret).decode(DeviceTokens(secret).encode(someParts())));
  CHECK_FALSE(DeviceTokens(secret).decode(RefreshTokens(secret).encode({})));
  std::string bytes = std::string("\x01") + std::string(40, 'x');
  bytes += bytesOf(HmacKey(secret).sign(bytes));
  CHECK_FALSE(DeviceTokens(secret).decode(base64urlEncode(bytes)));
}

}  // namespace glitch_protocol
