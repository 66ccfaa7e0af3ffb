// Tests of access tokens: signing, verifying, and everything that is refused.
#include "engine/tokens/access_token.h"

#include <chrono>
#include <string>
#include <vector>

#include "engine/errors.h"
#include "engine/text/encoding.h"
#include "tests/catch.h"

namespace glitch_protocol {
namespace {

using namespace std::chrono_literals;

const Secret secret("the secret of the tests, 32 bytes and more");
const Secret otherSecret("another secret of the tests, long enough");

// The time at which the tokens below are verified: 1767225600 seconds.
const TimePoint now{std::chrono::seconds{1767225600}};

const std::string goodHeader = R"({"alg":"HS256","typ":"JWT"})";
const std::string goodPayload = R"({"sub":"user","sessionId":"session","iat":1767225600,"exp":1767226500})";

// Signs any text, as an attacker with the secret or another program that shares it could.
std::string signParts(const std::string& header, const std::string& payload, const Secret& key = secret) {
  const std::string message = header + "." + payload;
  return message + "." + base64urlEncode(bytesOf(HmacKey(key).sign(message)));
}

std::string forge(const std::string& header, const std::string& payload, const Secret& key = secret) {
  return signParts(base64urlEncode(header), base64urlEncode(payload), key);
}

// The code with which `token` is refused, "" if it is accepted.
std::string refusal(const std::string& token, TimePoint at = now,
                    const AccessTokens& tokens = AccessTokens(secret)) {
  try {
    tokens.verify(token, at);
    return "";
  } catch (const TokenError& error) {
    return error.code();
  }
}

// A payload with `sub`, `sessionId` and `claims`, which is JSON without the braces.
std::string payloadWith(const std::string& claims) {
  return R"({"sub":"user","sessionId":"session",)" + claims + "}";
}

AccessClaims someClaims() {
  return {
      .sub = UserId("user"), .sessionId = SessionId("session"), .issuedAt = now, .expiresAt = now + 15min};
}

std::string nested(int depth, const std::string& open, const std::string& close) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  text += "1";
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

}  // namespace

TEST_CASE("verifying a signed access token returns its claims") {
  const AccessTokens tokens(secret);
  const AccessClaims claims = tokens.verify(tokens.sign(someClaims()), now);
  CHECK(claims.sub == UserId("user"));
  CHECK(claims.sessionId == SessionId("session"));
  CHECK(claims.issuedAt == now);
  CHECK(claims.expiresAt == now + 15min);
}

TEST_CASE("an access token has exactly the documented header and payload") {
  CHECK(AccessTokens(secret).sign(someClaims()) == forge(goodHeader, goodPayload));
}

TEST_CASE("the times in an access token are whole seconds, rounded down") {
  const AccessTokens tokens(secret);
  AccessClaims claims = someClaims();
  claims.issuedAt += 999ms;
  claims.expiresAt += 999ms;
  CHECK(tokens.sign(claims) == tokens.sign(someClaims()));
}

TEST_CASE("ids of any UTF-8 text are unchanged after signing and verifying") {
  const AccessTokens tokens(secret);
  const auto id = GENERATE(as<std::string>(), "plain", "\"quoted\\\"", "\"},{\"exp\":9", "line\nbreak\ttab\r",
                           "\x01\x1f\x7f", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                           std::string("nul\0inside", 10), "</script>", " ");
  AccessClaims claims = someClaims();
  claims.sub = UserId(id);
  claims.sessionId = SessionId(id + "!");
  const AccessClaims verified = tokens.verify(tokens.sign(claims), now);
  CHECK(verified.sub.str() == id);
  CHECK(verified.sessionId.str() == id + "!");
}

TEST_CASE("claims that verify() would not accept are not signed") {
  const auto isRefused = [](auto change) {
    AccessClaims claims = someClaims();
    change(claims);
    try {
      AccessTokens(secret).sign(claims);
      return false;
    } catch (const std::invalid_argument&) {
      return true;
    }
  };
  CHECK_FALSE(isRefused([](AccessClaims&) {}));
  CHECK(isRefused([](AccessClaims& claims) { claims.sub = UserId(); }));
  CHECK(isRefused([](AccessClaims& claims) { claims.sessionId = SessionId(); }));
  CHECK(isRefused([](AccessClaims& claims) { claims.sub = UserId("\xff"); }));
  CHECK(isRefused([](AccessClaims& claims) { claims.sessionId = SessionId("\xc0\x80"); }));
  CHECK(isRefused([](AccessClaims& claims) { claims.sub = UserId(std::string(3000, 'x')); }));
  CHECK(isRefused([](AccessClaims& claims) { claims.issuedAt = TimePoint(-1ms); }));
  CHECK(isRefused([](AccessClaims& claims) { claims.expiresAt = TimePoint(253402300800s); }));
}

TEST_CASE("an access token is accepted until the second it expires") {
  const std::string token = AccessTokens(secret).sign(someClaims());
  CHECK(refusal(token, now + 15min - 1ms) == "");
  CHECK(refusal(token, now + 15min) == code::tokenExpired);
  CHECK(refusal(token, now + 24h * 3650) == code::tokenExpired);
}

TEST_CASE("iat and nbf may be up to 60 seconds in the future") {
  const std::string token = AccessTokens(secret).sign(someClaims());
  CHECK(refusal(token, now - 60s) == "");
  CHECK(refusal(token, now - 60s - 1ms) == code::tokenInvalid);
  const std::string withStart =
      forge(goodHeader, payloadWith(R"("iat":1767225600,"nbf":1767225660,"exp":1767226500)"));
  CHECK(refusal(withStart, now) == "");
  CHECK(refusal(withStart, now - 1ms) == code::tokenInvalid);
}

TEST_CASE("a correctly signed token with any other header is refused") {
  const auto header = GENERATE(
      as<std::string>(), R"({"alg":"none","typ":"JWT"})", R"({"alg":"None","typ":"JWT"})",
      R"({"alg":"nOnE","typ":"JWT"})", R"({"alg":"","typ":"JWT"})", R"({"typ":"JWT"})",
      R"({"alg":null,"typ":"JWT"})", R"({"alg":"RS256","typ":"JWT"})", R"({"alg":"ES256","typ":"JWT"})",
      R"({"alg":"HS384","typ":"JWT"})", R"({"alg":"HS512","typ":"JWT"})", R"({"alg":["HS256"],"typ":"JWT"})",
      R"({"alg":"hs256","typ":"JWT"})", R"({"alg":"HS256"})", R"({"alg":"HS256","typ":"at+jwt"})",
      R"({"typ":"JWT","alg":"HS256"})", R"({"alg":"HS256","typ":"JWT"} )", R"({"alg": "HS256","typ":"JWT"})",
      R"({"alg":"HS256","typ":"JWT","kid":"../../dev/null"})",
      R"({"alg":"HS256","typ":"JWT","kid":"' OR 1=1--"})",
      R"({"alg":"HS256","typ":"JWT","jku":"https://example.org/k"})",
      R"({"alg":"HS256","typ":"JWT","x5u":"https://example.org/c"})",
      R"({"alg":"HS256","typ":"JWT","jwk":{"kty":"oct"}})", R"({"alg":"HS256","typ":"JWT","x5c":["AA"]})",
      R"({"alg":"HS256","typ":"JWT","crit":["exp"]})", R"({"alg":"HS256","typ":"JWT","b64":false})", R"({})",
      "", "null", R"({"alg":"HS256","alg":"none","typ":"JWT"})");
  CAPTURE(header);
  CHECK(refusal(forge(header, goodPayload)) == code::tokenInvalid);
}

TEST_CASE("a token with a missing, truncated, extended or changed MAC is refused") {
  const std::string token = AccessTokens(secret).sign(someClaims());
  REQUIRE(refusal(token).empty());
  const std::size_t macStart = token.rfind('.') + 1;
  for (std::size_t length = 0; length < token.size(); ++length) {
    CAPTURE(length);
    REQUIRE(refusal(token.substr(0, length)) == code::tokenInvalid);
  }
  for (const char* extra : {"A", "AA", "AAAA", "=", ".", ".A", " ", "\n"}) {
    CAPTURE(extra);
    CHECK(refusal(token + extra) == code::tokenInvalid);
  }
  const std::string mac = *base64urlDecode(token.substr(macStart));
  for (std::size_t bit = 0; bit < mac.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string flipped = mac;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE(refusal(token.substr(0, macStart) + base64urlEncode(flipped)) == code::tokenInvalid);
  }
}

TEST_CASE("a token that does not have three parts is refused, even with a valid MAC") {
  const std::string header = base64urlEncode(goodHeader);
  const std::string payload = base64urlEncode(goodPayload);
  const auto macOf = [](const std::string& message) {
    return base64urlEncode(bytesOf(HmacKey(secret).sign(message)));
  };
  CHECK(refusal("") == code::tokenInvalid);
  CHECK(refusal(".") == code::tokenInvalid);
  CHECK(refusal("..") == code::tokenInvalid);
  CHECK(refusal("...") == code::tokenInvalid);
  CHECK(refusal(header + "." + macOf(header)) == code::tokenInvalid);
  CHECK(refusal(signParts(header, payload + "." + payload)) == code::tokenInvalid);
  CHECK(refusal(signParts(header, "." + payload)) == code::tokenInvalid);
  CHECK(refusal(signParts(header, payload + ".")) == code::tokenInvalid);
  CHECK(refusal(signParts("", payload)) == code::tokenInvalid);
  CHECK(refusal(signParts(header, "")) == code::tokenInvalid);
}

TEST_CASE("exp must be an integer, in seconds, in the future") {
  struct Row {
    std::string exp;
    std::string_view code;
  };
  const std::vector<Row> rows = {
      {"1767225601", ""},
      {"253402300799", ""},
      {"1767225600", code::tokenExpired},
      {"1767225599", code::tokenExpired},
      {"0", code::tokenExpired},
      {"-1", code::tokenInvalid},
      {"-0", code::tokenInvalid},
      {"253402300800", code::tokenInvalid},
      {"9223372036854775807", code::tokenInvalid},
      {"9223372036854775808", code::tokenInvalid},
      {"18446744073709551617", code::tokenInvalid},
      {"01767226500", code::tokenInvalid},
      {"+1767226500", code::tokenInvalid},
      {"1767226500.0", code::tokenInvalid},
      {"1767226500.5", code::tokenInvalid},
      {"1767226500.", code::tokenInvalid},
      {".5", code::tokenInvalid},
      {"1e308", code::tokenInvalid},
      {"1e999", code::tokenInvalid},
      {"1.7672265e9", code::tokenInvalid},
      {"0x6956", code::tokenInvalid},
      {"\"1767226500\"", code::tokenInvalid},
      {"null", code::tokenInvalid},
      {"true", code::tokenInvalid},
      {"[1767226500]", code::tokenInvalid},
      {"{}", code::tokenInvalid},
      {"NaN", code::tokenInvalid},
      {"Infinity", code::tokenInvalid},
      {"", code::tokenInvalid},
  };
  for (const Row& row : rows) {
    CAPTURE(row.exp);
    CHECK(refusal(forge(goodHeader, payloadWith(R"("iat":1767225600,"exp":)" + row.exp))) == row.code);
  }
}

TEST_CASE("a token with a required claim missing, empty or of the wrong type is refused") {
  const std::string times = R"("iat":1767225600,"exp":1767226500})";
  const auto payload = GENERATE_COPY(
      R"({"sessionId":"session",)" + times, R"({"sub":"user",)" + times,
      R"({"sub":"","sessionId":"session",)" + times, R"({"sub":"user","sessionId":"",)" + times,
      R"({"sub":1,"sessionId":"session",)" + times, R"({"sub":null,"sessionId":"session",)" + times,
      R"({"sub":["user"],"sessionId":"session",)" + times, R"({"sub":"user","sessionId":{},)" + times,
      R"({"Sub":"user","sessionId":"session",)" + times, R"({"sub":"user","sid":"session",)" + times,
      payloadWith(R"("iat":1767225600)"), payloadWith(R"("exp":1767226500)"),
      payloadWith(R"("iat":1767225661,"exp":1767226500)"),
      payloadWith(R"("iat":"1767225600","exp":1767226500)"),
      payloadWith(R"("iat":1767225600.5,"exp":1767226500)"), payloadWith(R"("iat":-5,"exp":1767226500)"),
      payloadWith(R"("iat":1767225600,"nbf":1767225661,"exp":1767226500)"),
      payloadWith(R"("iat":1767225600,"nbf":"0","exp":1767226500)"),
      payloadWith(R"("iat":1767225600,"nbf":null,"exp":1767226500)"),
      payloadWith(R"("iat":1767225600,"nbf":1e3,"exp":1767226500)"), std::string("{}"));
  CAPTURE(payload);
  CHECK(refusal(forge(goodHeader, payload)) == code::tokenInvalid);
}

TEST_CASE("a token that is both invalid and expired is reported as invalid") {
  CHECK(refusal(forge(goodHeader, R"({"sub":"","sessionId":"session","iat":1,"exp":2})")) ==
        code::tokenInvalid);
  CHECK(refusal(forge(goodHeader, payloadWith(R"("iat":1767225661,"exp":2)"))) == code::tokenInvalid);
  CHECK(refusal(forge(goodHeader, payloadWith(R"("iat":1,"exp":2)"), otherSecret)) == code::tokenInvalid);
}

TEST_CASE("a repeated claim is refused, even if it is escaped differently") {
  const auto claims = GENERATE(as<std::string>(), R"("sub":"user")", R"("sub":"other")",
                               R"("s\u0075b":"other")", R"("exp":1767226500)", R"("iat":1767225600)",
                               R"("extra":1,"extra":1)", R"("a":1,"b":2,"\u0061":3)", R"("":1,"":2)");
  CAPTURE(claims);
  CHECK(refusal(forge(goodHeader, payloadWith(R"("iat":1767225600,"exp":1767226500,)" + claims))) ==
        code::tokenInvalid);
}

TEST_CASE("unknown claims are ignored") {
  const auto claim =
      GENERATE(as<std::string>(), R"("iss":"somebody")", R"("aud":["a","b",{"c":[]}])", R"("x":null)",
               R"("x":true,"y":false)", R"("x":-0.5e+10)", R"("x":{})", R"("":0)",
               R"("x":"\ud83d\ude00 \"\\\/\b\f\n\r\t")", R"("x":{"sub":1,"exp":"no"})");
  CAPTURE(claim);
  CHECK(refusal(forge(goodHeader, payloadWith(R"("iat":1767225600,"exp":1767226500,)" + claim))) == "");
}

TEST_CASE("white space in the JSON of a payload is allowed, because other libraries may write it") {
  CHECK(refusal(forge(goodHeader,
                      " {\n\t\"sub\" : \"user\" ,\r\n \"sessionId\":\"session\", \"iat\": 1767225600 "
                      ", \"exp\" :1767226500 } ")) == "");
}

TEST_CASE("a correctly signed payload that is not strict JSON is refused") {
  const std::string good = R"("iat":1767225600,"exp":1767226500)";
  const auto payload = GENERATE_COPY(
      std::string(""), std::string("null"), std::string("1"), std::string("\"x\""), std::string("[]"),
      "[" + goodPayload + "]", goodPayload + "x", goodPayload + "{}", goodPayload + std::string("\0", 1),
      "\xef\xbb\xbf" + goodPayload, goodPayload.substr(0, goodPayload.size() - 1), payloadWith(good + ","),
      payloadWith("," + good), payloadWith(good + R"(,"x")"), payloadWith(good + R"(,"x":)"),
      payloadWith(good + R"(,x:1)"), payloadWith(good + R"(,'x':1)"), payloadWith(good + R"(,"x":01)"),
      payloadWith(good + R"(,"x":1.)"), payloadWith(good + R"(,"x":.5)"), payloadWith(good + R"(,"x":-)"),
      payloadWith(good + R"(,"x":1e)"), payloadWith(good + R"(,"x":1e+)"), payloadWith(good + R"(,"x":tru)"),
      payloadWith(good + R"(,"x":nul)"), payloadWith(good + R"(,"x":[1,])"), payloadWith(good + R"(,"x":[1)"),
      payloadWith(good + R"(,"x":{"y"})"), payloadWith(good + R"(,"x":"\x41")"),
      payloadWith(good + R"(,"x":"\u12g4")"), payloadWith(good + R"(,"x":"\u12")"),
      payloadWith(good + R"(,"x":"\ud800")"), payloadWith(good + R"(,"x":"\udc00")"),
      payloadWith(good + R"(,"x":"\ud800\u0041")"), payloadWith(good + R"(,"x":"\ud800x")"),
      payloadWith(good + ",\"x\":\"line\nbreak\""), payloadWith(good + ",\"x\":\"\x1f\""),
      payloadWith(good + ",\"x\":\"\xc0\x80\""), payloadWith(good + ",\"x\":\"\xed\xa0\x80\""),
      payloadWith(good + ",\"x\":\"\x80\""), payloadWith(good + ",\"x\":\"open"),
      payloadWith(good + ",\"x\":\"\\"), payloadWith(good + ",\"x\":1 /* comment */"));
  CAPTURE(payload);
  CHECK(refusal(forge(goodHeader, payload)) == code::tokenInvalid);
}

TEST_CASE("payloads nested more than 16 levels deep are refused") {
  const std::string good = R"("iat":1767225600,"exp":1767226500,"x":)";
  CHECK(refusal(forge(goodHeader, payloadWith(good + nested(15, "[", "]")))) == "");
  CHECK(refusal(forge(goodHeader, payloadWith(good + nested(15, "{\"\":", "}")))) == "");
  CHECK(refusal(forge(goodHeader, payloadWith(good + nested(16, "[", "]")))) == code::tokenInvalid);
  CHECK(refusal(forge(goodHeader, payloadWith(good + nested(16, "{\"\":", "}")))) == code::tokenInvalid);
  CHECK(refusal(forge(goodHeader, payloadWith(good + nested(700, "[", "]")))) == code::tokenInvalid);
  CHECK(refusal(forge(goodHeader, payloadWith(good + std::string(2800, '[')))) == code::tokenInvalid);
  CHECK(refusal(forge(goodHeader, std::string(2900, '['))) == code::tokenInvalid);
}

TEST_CASE("other base64url spellings of the same token are refused") {
  const std::string header = base64urlEncode(goodHeader);
  // 71 bytes, so that the last character of the payload has two spare bits.
  const std::string payload = base64urlEncode(goodPayload + " ");
  REQUIRE(payload.size() % 4 == 3);
  REQUIRE(refusal(signParts(header, payload)) == "");
  std::string spareBit = payload;
  spareBit.back() = static_cast<char>(spareBit.back() + 1);
  CHECK(refusal(signParts(header, spareBit)) == code::tokenInvalid);
  CHECK(refusal(signParts(header, payload + "=")) == code::tokenInvalid);
  CHECK(refusal(signParts(header, payload + "\n")) == code::tokenInvalid);
  CHECK(refusal(signParts(header + "=", payload)) == code::tokenInvalid);

  // The MAC's 43rd character has two spare bits as well.
  const std::string token = signParts(header, payload);
  std::string spareMacBit = token;
  spareMacBit.back() = static_cast<char>(spareMacBit.back() + 1);
  CHECK(refusal(spareMacBit) == code::tokenInvalid);
  CHECK(refusal(" " + token) == code::tokenInvalid);
}

TEST_CASE(
    "tokens signed with a previous secret are accepted while it is configured, and new ones are not signed "
    "with it") {
  const std::string old = AccessTokens(otherSecret).sign(someClaims());
  CHECK(refusal(old) == code::tokenInvalid);
  const AccessTokens rotated(secret, {Secret("a third secret of the tests, long enough"), otherSecret});
  CHECK(rotated.verify(old, now).sub == UserId("user"));
  CHECK(rotated.sign(someClaims()) == AccessTokens(secret).sign(someClaims()));
}

TEST_CASE("a token of 4 KiB is accepted, a longer one is refused") {
  const auto tokenOfLength = [](std::size_t length) {
    const std::string empty = forge(goodHeader, payloadWith(R"("iat":1767225600,"exp":1767226500,"x":"")"));
    for (std::size_t padding = 0;; ++padding) {
      const std::string token = forge(goodHeader, payloadWith(R"("iat":1767225600,"exp":1767226500,"x":")" +
                                                              std::string(padding, 'x') + '"'));
      if (token.size() >= length) return token;
      padding += (length - token.size()) / 2;
    }
  };
  const std::string longest = tokenOfLength(4096);
  REQUIRE(longest.size() == 4096);
  CHECK(refusal(longest) == "");
  CHECK(refusal(tokenOfLength(4097)) == code::tokenInvalid);
  CHECK(refusal(std::string(1000000, '.')) == code::tokenInvalid);
}

TEST_CASE("10,000 randomly changed tokens are all refused") {
  const AccessTokens tokens(secret);
  const std::string token = tokens.sign(someClaims());
  REQUIRE(refusal(token, now, tokens) == "");  // from now on the token is cached
  std::uint32_t state = 12345;                 // a small fixed generator: the same mutations in every run
  const auto next = [&state](std::size_t below) {
    state = state * 1664525 + 1013904223;
    return static_cast<std::size_t>(state >> 8) % below;
  };
  int accepted = 0;
  for (int i = 0; i < 10000; ++i) {
    std::string mutated = token;
    for (std::size_t edits = next(3) + 1; edits > 0; --edits) {
      const std::size_t at = next(mutated.size());
      switch (next(4)) {
        case 0:
          mutated[at] = static_cast<char>(next(256));
          break;
        case 1:
          mutated.erase(at, next(20) + 1);
          break;
        case 2:
          mutated.insert(at, 1, static_cast<char>(next(256)));
          break;
        default:
          std::swap(mutated[at], mutated[next(mutated.size())]);
      }
      if (mutated.empty()) mutated = ".";
    }
    if (mutated != token && refusal(mutated, now, tokens) != code::tokenInvalid) ++accepted;
  }
  CHECK(accepted == 0);
}

TEST_CASE("the cause for the log contains no part of the token") {
  const std::string token = forge(goodHeader, payloadWith(R"("canary":"c4n4ry")"));
  try {
    AccessTokens(secret).verify(token, now);
    FAIL("accepted");
  } catch (const TokenError& error) {
    CHECK(error.cause().find("c4n4ry") == std::string::npos);
    CHECK_FALSE(error.cause().empty());
    CHECK(std::string(error.what()) == createTokenInvalidError().what());
  }
}

}  // namespace glitch_protocol
