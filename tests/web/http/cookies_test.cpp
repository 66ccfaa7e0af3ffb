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
  CHECK(refreshCookie("refreshToken", "abc", std::chrono::days{30}, CookieTransport::secureOnly) ==
        "refreshToken=abc; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000");
  CHECK(clearedRefreshCookie("refreshToken", CookieTransport::secureOnly) ==
        "refreshToken=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0");
  CHECK(clearedRefreshCookie("s", CookieTransport::anyTransport) ==
        "s=; Path=/api; HttpOnly; SameSite=Strict; Max-Age=0");
  CHECK(deviceCookie("abc", std::chrono::days{365}, CookieTransport::secureOnly) ==
        "device=abc; Path=/api/auth/login; HttpOnly; Secure; SameSite=Strict; Max-Age=31536000");
}

}  // namespace glitch_protocol::web
