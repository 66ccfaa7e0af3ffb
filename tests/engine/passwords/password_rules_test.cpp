// Tests of the rules for new passwords.
#include "engine/passwords/password_rules.h"

#include <string>
#include <vector>

#include "tests/catch.h"

namespace glitch_protocol {
namespace {

std::string codeFor(const std::string& password, const std::string& email = "someone@example.org",
                    std::size_t minLength = 8) {
  const auto error = checkNewPassword("newPassword", password, email, {.minLength = minLength});
  return error ? error->code : "";
}

}  // namespace

TEST_CASE("passwords are checked for length, NUL and how common they are") {
  struct Row {
    std::string password, code;
  };
  const std::string emoji = "\xf0\x9f\x98\x80";
  const std::string eighteenEmoji = [&] {
    std::string text;
    for (int i = 0; i < 18; ++i) text += emoji;
    return text;
  }();
  const std::vector<Row> rows = {
      {"", "TOO_SHORT"},
      {"7654wxy", "TOO_SHORT"},
      {"7654wxyv", ""},
      {"        ", ""},
      {"bqzvkwpx", ""},
      {"83650274916385", ""},
      {std::string(64, 'v'), ""},
      {std::string(72, 'v'), ""},
      {std::string(73, 'v'), "TOO_LONG"},
      {std::string(100000, 'v'), "TOO_LONG"},
      {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "TOO_SHORT"},  // four letters in eight bytes
      {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", ""},
      {eighteenEmoji, ""},
      {eighteenEmoji + "x", "TOO_LONG"},
      {std::string("long enough\0", 12), "NUL_CHARACTER"},
      {std::string("\0", 1), "NUL_CHARACTER"},
      {"password", "TOO_COMMON"},
      {"PassWord", "TOO_COMMON"},
      {"password1", "TOO_COMMON"},
      {" password", ""},
      {"12345678", "TOO_COMMON"},
      {"someone@example.org", "TOO_COMMON"},
      {"SomeOne@Example.Org", "TOO_COMMON"},
      {"someone@example.com", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.password);
    CHECK(codeFor(row.password) == row.code);
  }
}

TEST_CASE("the part of the e-mail before the @ is refused as a password") {
  CHECK(codeFor("grace.hopper", "grace.hopper@example.org") == "TOO_COMMON");
  CHECK(codeFor("Grace.Hopper", "grace.hopper@example.org") == "TOO_COMMON");
  CHECK(codeFor("grace.hopper1", "grace.hopper@example.org") == "");
  CHECK(codeFor("example.org", "grace.hopper@example.org") == "");
  CHECK(codeFor("grace.hopper", "") == "");
}

TEST_CASE("the min length is configurable") {
  CHECK(codeFor(std::string(14, 'v'), "", 15) == "TOO_SHORT");
  CHECK(codeFor(std::string(15, 'v'), "", 15) == "");
}

TEST_CASE("the error names the field and the required length, and does not contain the password") {
  const auto error = checkNewPassword("newPassword", "7654wxy", "", {.minLength = 12});
  REQUIRE(error.has_value());
  CHECK(error->field == "newPassword");
  CHECK(error->message.find("12 characters") != std::string::npos);
  CHECK(error->message.find("7654wxy") == std::string::npos);
}

TEST_CASE("the error for a long password says that the limit is 72 bytes") {
  const auto error = checkNewPassword("password", std::string(73, 'v'), "", {});
  REQUIRE(error.has_value());
  CHECK(error->message.find("72 bytes") != std::string::npos);
}

}  // namespace glitch_protocol
