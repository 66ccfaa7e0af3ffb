// Tests of the JSON writer.
#include "web/http/json_writer.h"

#include <string>

#include "engine/text/utf8.h"
#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

std::string written(std::string_view text) {
  return JsonWriter().string(text).text();
}

}  // namespace

TEST_CASE("commas are written between values and nowhere else") {
  JsonWriter json;
  json.beginObject();
  json.key("a").number(-1);
  json.key("b").beginArray().beginObject().endObject().null().boolean(true).endArray();
  json.key("c").beginArray().endArray();
  json.key("d").string("x");
  json.endObject();
  CHECK(json.text() == R"({"a":-1,"b":[{},null,true],"c":[],"d":"x"})");
}

TEST_CASE("strings are escaped so that no text can end them") {
  struct Row {
    std::string text;
    const char* json;
  };
  const auto row = GENERATE(values<Row>({
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\n\r\t", R"("\n\r\t")"},
      {std::string("\0\x1B\x7F", 3), R"("\u0000\u001b\u007f")"},
      {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
  }));
  CHECK(written(row.text) == row.json);
}

TEST_CASE("each byte that is not valid UTF-8 becomes U+FFFD, and the rest is kept") {
  const std::string mark = "\xEF\xBF\xBD";
  CHECK(written("a\xFFz") == "\"a" + mark + "z\"");
  CHECK(written("\xC3") == "\"" + mark + "\"");
  CHECK(written("\xC3(") == "\"" + mark + "(\"");
  CHECK(written("\xED\xA0\x80") == "\"" + mark + mark + mark + "\"");
  CHECK(written("\xF0\x9F\x98") == "\"" + mark + mark + mark + "\"");
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      if (!isUtf8(written(std::string{static_cast<char>(first), static_cast<char>(second)})))
        FAIL(first << " " << second);
    }
  }
}

}  // namespace glitch_protocol::web
