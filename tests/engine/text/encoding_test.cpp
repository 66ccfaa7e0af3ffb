// Tests of base64url and of comparing bytes.
#include "engine/text/encoding.h"

#include <string>
#include <vector>

#include "engine/random.h"
#include "tests/catch.h"

namespace glitch_protocol {

TEST_CASE("base64url matches the test vectors of RFC 4648, section 10, without padding") {
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

TEST_CASE("text that is not strict base64url is refused") {
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
      "Zm9vY",  // unused bits set, incomplete bytes
      "Zm\xc3\xa9",
      std::string("Zg\0\0", 4),
      std::string("\0", 1),
  };
  for (const std::string& text : refused) {
    CAPTURE(text);
    CHECK_FALSE(base64urlDecode(text).has_value());
  }
}

TEST_CASE("bytes of every length are unchanged after encoding and decoding") {
  for (std::size_t size = 0; size < 200; ++size) {
    CAPTURE(size);
    std::vector<std::uint8_t> random(size);
    systemRandom().fill(random);
    const std::string bytes(random.begin(), random.end());
    REQUIRE(base64urlDecode(base64urlEncode(bytes)) == bytes);
  }
}

TEST_CASE("of the 64 possible second characters of one encoded byte, exactly four are accepted") {
  // Two characters have 12 bits, and one byte needs 8: the lowest four must be zero.
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int accepted = 0;
  for (const char last : alphabet) accepted += base64urlDecode(std::string("Z") + last).has_value() ? 1 : 0;
  CHECK(accepted == 4);
}

TEST_CASE("bytes are equal if their sizes and contents are equal") {
  CHECK(equalBytes("", ""));
  CHECK(equalBytes("same", "same"));
  CHECK(equalBytes({"a\0b", 3}, {"a\0b", 3}));
  CHECK_FALSE(equalBytes({"a\0b", 3}, {"a\0c", 3}));
  CHECK_FALSE(equalBytes("same", "sane"));
  CHECK_FALSE(equalBytes("same", "same!"));
  CHECK_FALSE(equalBytes("same", ""));
}

}  // namespace glitch_protocol
