// Tests of the origin check.
#include "web/http/origin.h"

#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

const std::vector<std::string> listed{"https://app.example.org", "http://localhost:3000"};

}  // namespace

TEST_CASE("the first matching rule decides about an origin") {
  using Maybe = std::optional<std::string_view>;
  constexpr Maybe absent;
  constexpr auto allowed = OriginDecision::allowed;
  constexpr auto refused = OriginDecision::refused;
  struct Row {
    Maybe origin;
    Maybe site;
    const char* host;
    OriginDecision verdict;
  };
  const auto row = GENERATE_COPY(values<Row>({
      // 1. an allowed origin
      {"https://app.example.org", absent, "auth.example.org", allowed},
      {"https://app.example.org", "cross-site", "auth.example.org", allowed},
      {"http://localhost:3000", "same-site", "auth.example.org", allowed},
      // ... compared exactly
      {"http://app.example.org", absent, "auth.example.org", refused},
      {"https://app.example.org.evil", absent, "auth.example.org", refused},
      {"https://xapp.example.org", absent, "auth.example.org", refused},
      {"https://app.example.org:8443", absent, "auth.example.org", refused},
      {"https://App.example.org", absent, "auth.example.org", refused},
      {"https://app.example.org/", absent, "auth.example.org", refused},
      {"http://localhost", absent, "auth.example.org", refused},
      // 2. Sec-Fetch-Site
      {absent, "same-origin", "auth.example.org", allowed},
      {absent, "none", "auth.example.org", allowed},
      {absent, "same-site", "auth.example.org", refused},
      {absent, "cross-site", "auth.example.org", refused},
      {absent, "", "auth.example.org", refused},
      {absent, "Same-Origin", "auth.example.org", refused},
      {"null", "same-origin", "auth.example.org", allowed},
      {"https://auth.example.org", "cross-site", "auth.example.org", refused},
      {"https://evil.example", "same-origin", "auth.example.org", allowed},
      // 3. Origin against Host
      {"https://auth.example.org", absent, "auth.example.org", allowed},
      {"http://auth.example.org", absent, "auth.example.org", allowed},
      {"https://AUTH.example.org", absent, "auth.Example.org", allowed},
      {"https://auth.example.org", absent, "auth.example.org:443", allowed},
      {"http://auth.example.org:80", absent, "auth.example.org", allowed},
      {"http://127.0.0.1:8080", absent, "127.0.0.1:8080", allowed},
      {"http://[::1]:8080", absent, "[::1]:8080", allowed},
      {"http://127.0.0.1:8081", absent, "127.0.0.1:8080", refused},
      {"http://127.0.0.1", absent, "127.0.0.1:8080", refused},
      {"https://evil.example", absent, "auth.example.org", refused},
      {"null", absent, "auth.example.org", refused},
      {"null", absent, "null", refused},
      {"", absent, "", refused},
      {"https://", absent, "", refused},
      {"http://:80", absent, "", refused},
      {"https://:443", absent, ":443", refused},
      {"ftp://auth.example.org", absent, "auth.example.org", refused},
      {"auth.example.org", absent, "auth.example.org", refused},
      // 4. not a browser
      {absent, absent, "auth.example.org", allowed},
      {absent, absent, "", allowed},
  }));
  INFO("Origin " << row.origin.value_or("-") << ", Sec-Fetch-Site " << row.site.value_or("-") << ", Host "
                 << row.host);
  CHECK(decideOrigin({row.origin, row.site, row.host}, listed) == row.verdict);
}

TEST_CASE("an entry of allowed_origins must have exactly the form that browsers send") {
  const auto* good =
      GENERATE("https://app.example.org", "http://localhost:3000", "https://[2001:db8::1]:8443",
               "http://127.0.0.1", "https://a-b.example:444", "http://a.example:443");
  INFO(good);
  CHECK_FALSE(problemWithOrigin(good));

  const auto* bad =
      GENERATE("", "*", "null", "app.example.org", "https://", "https://*.example.org", "https://a.example/",
               "https://a.example/path", "https://A.example", "https://a.example:443", "http://a.example:80",
               "https://a.example:", "https://a.example:x", "https://a.example:0", "https://a.example:123456",
               "https://a b.example", "ftp://a.example", "https://user@a.example", "https://a.example?x",
               "https://[::1", "https://[::1]x");
  INFO(bad);
  CHECK(problemWithOrigin(bad));
}

}  // namespace glitch_protocol::web
