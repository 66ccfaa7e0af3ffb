// Tests of decoding forms and queries.
#include "web/http/url_encoded.h"

#include "tests/catch.h"

namespace glitch_protocol::web {

TEST_CASE("names and values of forms and queries are decoded") {
  struct Row {
    std::string_view text;
    const char* name;
    std::string value;
  };
  const auto row = GENERATE(values<Row>({
      {"a=b", "a", "b"},
      {"a=b=c", "a", "b=c"},
      {"a", "a", ""},
      {"a=", "a", ""},
      {"&&a=b&&", "a", "b"},
      {"=x&a=b", "a", "b"},
      {"a=1+1%2b1", "a", "1 1+1"},
      {"%61+b=c", "a b", "c"},
      {"a=%C3%A9", "a", "\xC3\xA9"},
      {"a=%00", "a", std::string(1, '\0')},
      {"a=%4&b=%zz", "a", "%4"},
      {"a=?b", "a", "?b"},
      {"a=%u0041", "a", "%u0041"},
  }));
  INFO(row.text);
  const NamedValues found = readUrlEncoded(row.text);
  REQUIRE(found.values.contains(row.name));
  CHECK(found.values.at(row.name).to_str() == row.value);
  CHECK(found.repeated.empty());
}

TEST_CASE("a repeated name is reported even with the same value, and the first value is kept") {
  const NamedValues found = readUrlEncoded("a=1&b=2&a=1&%61=3");
  CHECK(found.repeated == std::set<std::string>{"a"});
  CHECK(found.values.at("a").to_str() == "1");
}

}  // namespace glitch_protocol::web
