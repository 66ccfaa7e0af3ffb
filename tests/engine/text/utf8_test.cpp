// Tests of the functions on UTF-8.
#include "engine/text/utf8.h"

#include <string>
#include <vector>

#include "engine/text/ascii.h"
#include "tests/catch.h"

namespace glitch_protocol {

TEST_CASE("well-formed UTF-8 is accepted, including the ends of each range") {
  const auto text =
      GENERATE(as<std::string>(), "", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
               "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xc3\xa9z");
  CAPTURE(text);
  CHECK(isUtf8(text));
}

TEST_CASE("a NUL is well-formed UTF-8") {
  CHECK(isUtf8({"a\0b", 3}));
}

TEST_CASE("ill-formed UTF-8 is refused") {
  const auto text =
      GENERATE(as<std::string>(), "\x80", "\xbf", "a\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41",
               "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe1\x80", "\xe1\x80\x41", "\xed\xa0\x80", "\xed\xbf\xbf",
               "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe");
  CAPTURE(text);
  CHECK_FALSE(isUtf8(text));
}

TEST_CASE("a sequence that is truncated by the end of the text is refused") {
  const std::string_view euro = "\xe2\x82\xac";
  CHECK(isUtf8(euro));
  CHECK_FALSE(isUtf8(euro.substr(0, 2)));
  CHECK_FALSE(isUtf8(euro.substr(0, 1)));
}

TEST_CASE("a byte outside of ASCII is found at every place in a text") {
  for (std::size_t size = 1; size <= 20; ++size) {
    const std::string ascii(size, '\x7f');
    INFO("a text of " << size << " bytes");
    CHECK(isAscii(ascii));
    CHECK(isUtf8(ascii));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = ascii;
      text[at] = '\x80';
      INFO("the byte at " << at);
      CHECK_FALSE(isAscii(text));
      CHECK_FALSE(isUtf8(text));
    }
  }
}

TEST_CASE("code points are counted, not bytes") {
  CHECK(countCodePoints("") == 0);
  CHECK(countCodePoints("password") == 8);
  CHECK(countCodePoints("p\xc3\xa4sse") == 5);
  CHECK(countCodePoints("\xf0\x9f\x98\x80\xf0\x9f\x98\x80") == 2);
}

TEST_CASE("code points are written in the shortest form") {
  struct Row {
    std::uint32_t codePoint;
    std::string text;
  };
  const std::vector<Row> rows = {{0x24, "$"},
                                 {0x7f, "\x7f"},
                                 {0x80, "\xc2\x80"},
                                 {0x7ff, "\xdf\xbf"},
                                 {0x800, "\xe0\xa0\x80"},
                                 {0xffff, "\xef\xbf\xbf"},
                                 {0x10000, "\xf0\x90\x80\x80"},
                                 {0x10ffff, "\xf4\x8f\xbf\xbf"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::string text = "x";
    appendUtf8(text, row.codePoint);
    CHECK(text == "x" + row.text);
  }
}

}  // namespace glitch_protocol
