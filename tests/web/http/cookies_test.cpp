// Tests of finding and formatting cookies.
#include "web/http/cookies.h"

#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

CookieLookup lookUp(const std::vector<std::string_view>& values) {
  std::vector<Field> fields{{"Accept", "refreshToken=no"}};
  for (const std::string_view value : values) fields.push_back({"cookie", value});
  return findCookie(FieldList(fields), "refreshToken");
}

}  // namespace

TEST_CASE("a cookie is found among others by its name") {
  struct Row {
    std::vector<std::string_view> fields;
    Found found;
    const char* value;
  };
  const auto row = GENERATE(values<Row>({
      {{}, Found::none, ""},
      {{""}, Found::none, ""},
      {{"refreshToken=abc"}, Found::one, "abc"},
      {{"a=1; refreshToken=abc; b=2"}, Found::one, "abc"},
      {{"a=1;refreshToken=abc;b=2"}, Found::one, "abc"},
      {{"refreshToken=\"abc\""}, Found::one, "abc"},
      {{"refreshToken=a=b="}, Found::one, "a=b="},
      {{" refreshToken =\tabc "}, Found::one, "abc"},
      {{"refreshToken="}, Found::one, ""},
      {{"refreshToken=\""}, Found::one, "\""},
      {{"a=1", "refreshToken=abc"}, Found::one, "abc"},
      {{";;; =; =x; junk; refreshToken=abc; \x01"}, Found::one, "abc"},
      {{"refreshtoken=abc"}, Found::none, ""},
      {{"xrefreshToken=abc; refreshTokenx=abc"}, Found::none, ""},
      {{"a=refreshToken=abc"}, Found::none, ""},
      {{"refreshToken"}, Found::none, ""},
  }));
  const CookieLookup lookup = lookUp(row.fields);
  CHECK(lookup.found == row.found);
  CHECK(lookup.value == row.value);
}

TEST_CASE("two cookies of the same name are reported as several") {
  using Values = std::vector<std::string_view>;
  const auto fields = GENERATE(values<Values>({
      {"refreshToken=a; refreshToken=b"},
      {"refreshToken=a; refreshToken=a"},
      {"refreshToken=a;x=y;refreshToken="},
      {"refreshToken=a", "refreshToken=b"},
      {"refreshToken=; refreshToken=b; refreshToken=c"},
  }));
  CHECK(lookUp(fields).found == Found::several);
}

TEST_CASE("a cookie has its attributes in a fixed order, and is cleared with the same attributes") {
  using std::chrono::days;
  using std::chrono::seconds;
  CHECK(cookieField("refreshToken", "abc", {"/api", days{30}, CookieTransport::secureOnly}) ==
        "refreshToken=abc; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000");
  CHECK(cookieField("refreshToken", "", {"/api", seconds{0}, CookieTransport::secureOnly}) ==
        "refreshToken=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0");
  CHECK(cookieField("s", "", {"/", seconds{0}, CookieTransport::anyTransport}) ==
        "s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

}  // namespace glitch_protocol::web
