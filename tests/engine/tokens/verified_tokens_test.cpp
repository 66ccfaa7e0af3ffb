// Tests of the cache of verified access tokens.
#include "engine/tokens/verified_tokens.h"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "engine/errors.h"
#include "engine/tokens/access_token.h"
#include "tests/catch.h"

namespace glitch_protocol {
namespace {

using namespace std::chrono_literals;

const TimePoint now{std::chrono::seconds{1767225600}};

JwtPayload payloadOf(const std::string& user) {
  JwtPayload payload;
  payload.sub = user;
  return payload;
}

AccessClaims claimsOf(const std::string& user) {
  return {.sub = UserId(user), .sessionId = SessionId("session"), .issuedAt = now, .expiresAt = now + 15min};
}

/// The code with which `token` is refused, "" if it is accepted.
std::string refusal(const AccessTokens& tokens, const std::string& token, TimePoint at) {
  try {
    tokens.verify(token, at);
    return "";
  } catch (const TokenError& error) {
    return error.code();
  }
}

}  // namespace

TEST_CASE("a payload is found for exactly the same token only") {
  VerifiedTokens verified;
  const std::string token = "header.payload.the end of this token's MAC";
  CHECK_FALSE(verified.find(token));
  verified.keep(token, payloadOf("ada"));
  CHECK(verified.find(token).value().sub == "ada");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = static_cast<char>(other[i] ^ 1);
    INFO(i);
    CHECK_FALSE(verified.find(other));
  }
  CHECK_FALSE(verified.find(token + "x"));
  CHECK_FALSE(verified.find(token.substr(1)));
  CHECK_FALSE(verified.find("x" + token));
  CHECK_FALSE(verified.find(""));
}

TEST_CASE("with more tokens than slots some are cached, each with its own payload") {
  VerifiedTokens verified;
  const auto nth = [](int i) { return "token number " + std::to_string(i); };
  for (int i = 0; i < 5000; ++i) verified.keep(nth(i), payloadOf(std::to_string(i)));
  int kept = 0;
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(i);
    const auto found = verified.find(nth(i));
    if (!found) continue;
    ++kept;
    REQUIRE(found->sub == std::to_string(i));
  }
  CHECK(kept > 500);
  CHECK(kept <= 1024);
}

TEST_CASE("a token of more than 512 bytes is not cached") {
  VerifiedTokens verified;
  verified.keep(std::string(512, 'x'), payloadOf("ada"));
  verified.keep(std::string(513, 'y'), payloadOf("ada"));
  CHECK(verified.find(std::string(512, 'x')));
  CHECK_FALSE(verified.find(std::string(513, 'y')));
}

TEST_CASE(
    "a cached token still expires, and is refused when the clock has been set back to before its time") {
  const AccessTokens tokens(Secret("the secret of the tests, 32 bytes and more"));
  const std::string token = tokens.sign(claimsOf("ada"));
  REQUIRE(refusal(tokens, token, now) == "");
  CHECK(refusal(tokens, token, now + 15min - 1s) == "");
  CHECK(refusal(tokens, token, now + 15min) == code::tokenExpired);
  CHECK(refusal(tokens, token, now - 61s) == code::tokenInvalid);
  CHECK(refusal(tokens, token, now) == "");
}

TEST_CASE("many threads can verify valid and invalid tokens in parallel") {
  const AccessTokens tokens(Secret("the secret of the tests, 32 bytes and more"));
  const AccessTokens others(Secret("another secret of the tests, long enough"));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const std::string user = std::to_string(i % 1500);
        const std::string token = tokens.sign(claimsOf(user));
        if (tokens.verify(token, now).sub.str() != user) ++wrong;
        if (refusal(tokens, others.sign(claimsOf(user)), now) != code::tokenInvalid) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace glitch_protocol
