// Tests of finding the bearer token.
#include "web/http/bearer.h"

#include "tests/catch.h"

namespace glitch_protocol::web {

TEST_CASE("the bearer token is the text after the scheme, whose case is ignored") {
  struct Row {
    std::vector<std::string_view> fields;
    Found found;
    const char* token;
  };
  const auto row = GENERATE(values<Row>({
      {{}, Found::none, ""},
      {{"Bearer abc"}, Found::one, "abc"},
      {{"bearer abc"}, Found::one, "abc"},
      {{"BEARER   abc"}, Found::one, "abc"},
      {{"Bearer a b"}, Found::one, "a b"},
      {{""}, Found::none, ""},
      {{"Bearer"}, Found::none, ""},
      {{"Bearer "}, Found::none, ""},
      {{"Bearerabc"}, Found::none, ""},
      {{"Bearer\tabc"}, Found::none, ""},
      {{"Basic abc"}, Found::none, ""},
      {{"abc"}, Found::none, ""},
      {{"Bearer abc", "Bearer abc"}, Found::several, ""},
      {{"Basic abc", "Bearer abc"}, Found::several, ""},
  }));
  std::vector<Field> fields;
  for (const std::string_view value : row.fields) fields.push_back({"authorization", value});
  const BearerLookup bearer = findBearer(FieldList(fields));
  CHECK(bearer.found == row.found);
  CHECK(bearer.token == row.token);
}

}  // namespace glitch_protocol::web
