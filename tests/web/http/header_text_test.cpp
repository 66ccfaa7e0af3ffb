// Tests of text for header fields.
#include "web/http/header_text.h"

#include "tests/catch.h"

namespace glitch_protocol::web {

TEST_CASE("text for a header field keeps its characters and loses its control characters") {
  CHECK(headerText("Ada Lovelace") == "Ada Lovelace");
  CHECK(headerText("  Zo\xC3\xAB \xF0\x9F\x98\x80 ") == "Zo\xC3\xAB \xF0\x9F\x98\x80");
  CHECK(headerText("Ada\r\nSet-Cookie: x=y") == "AdaSet-Cookie: x=y");
  CHECK(headerText(std::string_view("a\0b\x1B\x7F\t", 6)) == "ab");
  CHECK(headerText("a\xC2\x85"
                   "b\xC2\x9F") == "ab");
  CHECK(headerText("a\xC2\xA0"
                   "b") ==
        "a\xC2\xA0"
        "b");
  CHECK(headerText("a\xFF"
                   "b\xC2") == "ab");
  CHECK(headerText("\r\n") == "");
  CHECK(headerText("") == "");
}

TEST_CASE("a control character in text for a header field is removed wherever it stands") {
  const std::string name = "Ada King, Countess of Lovelace";
  for (std::size_t at = 0; at <= name.size(); ++at) {
    for (const char control : {'\0', '\n', '\x1f', '\x7f'}) {
      std::string text = name;
      text.insert(at, 1, control);
      INFO("the character " << static_cast<int>(control) << " at " << at);
      CHECK(headerText(text) == name);
    }
  }
}

TEST_CASE("a percent sign in text for a header field is kept") {
  CHECK(headerText("100%0d%0a") == "100%0d%0a");
}

}  // namespace glitch_protocol::web
