#include "engine/text/encoding.h"

#include <string>
#include <vector>

#include "engine/random.h"
#include "tests/catch.h"

namespace glitch_protocol {

TEST_CASE("base64url agrees with RFC 4648, section 10, without padding") {
  struct Row {
    std::string bytes, text;
  };
  const std::vector<Row> rows = {
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg"},
      {"fooba", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy"},
      {std::string("\x14\xfb\x9c\x03\xd9\x7e", 6), "FPucA9l-"},
      {std::string("\xfb\xff\xfe", 3), "-__-"},
      {std::string("\0\0", 2), "AAA"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(base64urlEncode(row.bytes) == row.text);
    CHECK(base64urlDecode(row.text) == row.bytes);
  }
}

TEST_CASE("other spellings of the same bytes are refused") {
  const std::vector<std::string> refused = {
      "Zg==",
      "Zm8=",
      "Zm9v=",
      "Zg=",
      "=",
      "====",  // padding
      " Zm9v",
      "Zm9v ",
      "Zm9v\n",
      "Zm 9v",
      "\tZg",
      "Zm9v\r\n",  // white space
      "+__-",
      "-//-",
      "Zm9v.",
      "Zm9v,",  // other alphabets
      "Zh",
      "Zv",
      "Zm9",
      "ZgB",
      "Z",
      "A",
      "AAAAA",
      "Zm9vY",  // spare bits set, half a byte
      "Zm\xc3\xa9",
      std::string("Zg\0\0", 4),
      std::string("\0", 1),
  };
  for (const std::string& text : refused) {
    CAPTURE(text);
    CHECK_FALSE(base64urlDecode(text).has_value());
  }
}

TEST_CASE("whatever is encoded decodes to itself, at every length") {
  for (std::size_t size = 0; size < 200; ++size) {
    CAPTURE(size);
    std::vector<std::uint8_t> random(size);
    systemRandom().fill(random);
    const std::string bytes(random.begin(), random.end());
    REQUIRE(base64urlDecode(base64urlEncode(bytes)) == bytes);
  }
}

TEST_CASE("of the 64 ways to end one byte's spelling, exactly four are accepted") {
  // Two characters carry 12 bits for 8; each byte that begins with the same six bits has one spelling.
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char last : alphabet) accepted += base64urlDecode(std::string("Z") + last).has_value() ? 1 : 0;
  CHECK(accepted == 4);
}

TEST_CASE("bytes are equal when size and content are") {
  CHECK(equalBytes("", ""));
  CHECK(equalBytes("same", "same"));
  CHECK(equalBytes({"a\0b", 3}, {"a\0b", 3}));
  CHECK_FALSE(equalBytes({"a\0b", 3}, {"a\0c", 3}));
  CHECK_FALSE(equalBytes("same", "sane"));
  CHECK_FALSE(equalBytes("same", "same!"));
  CHECK_FALSE(equalBytes("same", ""));
}

}  // namespace glitch_protocol
