// Tests of the log: its lines, levels and the events of the connection layer.
#include "web/http/log.h"

#include <stdexcept>
#include <string>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"

namespace glitch_protocol::web {
namespace {

using namespace std::string_literals;

std::string written(LogFormat format, std::string_view value) {
  std::string text;
  const auto noon = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'795'407'300'007));
  Log log(
      LogLevel::info, format, [noon] { return noon; }, [&](std::string_view line) { text += line; });
  log.write(LogLevel::info, "tried", {{"value", value}});
  return text;
}

std::string inText(std::string_view value) {
  return "2026-11-23T04:15:00.007Z info tried value=" + std::string(value) + "\n";
}

std::string inJson(std::string_view value) {
  return R"({"time":"2026-11-23T04:15:00.007Z","level":"info","event":"tried","value":")" +
         std::string(value) + "\"}\n";
}

}  // namespace

TEST_CASE("one event is one line, whatever a value contains") {
  struct Row {
    std::string value;
    std::string text;
    std::string json;
  };
  const Row rows[] = {
      {"plain-word", "plain-word", "plain-word"},
      {"", "\"\"", ""},
      {"two words", "\"two words\"", "two words"},
      {"a=b", "\"a=b\"", "a=b"},
      {"x\r\n2026 forged", R"("x\u000d\u000a2026 forged")", R"(x\u000d\u000a2026 forged)"},
      {"\x1b[31m", R"("\u001b[31m")", R"(\u001b[31m)"},
      {"a\0b"s, R"("a\u0000b")", R"(a\u0000b)"},
      {"quote\"back\\slash", R"("quote\"back\\slash")", R"(quote\"back\\slash)"},
      {"\xe2\x80\xae", R"("\u202e")", R"(\u202e)"},
      {"\xc2\x85", R"("\u0085")", R"(\u0085)"},
      {"\xf3\xa0\x81\x81", R"("\udb40\udc41")", R"(\udb40\udc41)"},
      {"\xff\xc0\xaf", R"("\xff\xc0\xaf")", R"(\\xff\\xc0\\xaf)"},
      {"\xed\xa0\x80", R"("\xed\xa0\x80")", R"(\\xed\\xa0\\x80)"},
      {"cut\xc3", R"("cut\xc3")", R"(cut\\xc3)"},
      {"J\xc3\xbcrgen", "\"J\xc3\xbcrgen\"", "J\xc3\xbcrgen"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(written(LogFormat::text, row.value) == inText(row.text));
    CHECK(written(LogFormat::json, row.value) == inJson(row.json));
  }
}

TEST_CASE("events below the level are not written") {
  int lines = 0;
  Log log(
      LogLevel::warning, LogFormat::text, [] { return std::chrono::system_clock::time_point(); },
      [&](std::string_view) { ++lines; });
  log.write(LogLevel::info, "quiet");
  log.write(LogLevel::error, "loud");
  CHECK(lines == 1);
  CHECK_FALSE(log.enabled(LogLevel::info));
}

TEST_CASE("malformed and failing requests of one client share lines") {
  testing::TestServer server(
      [](const Request&, Answer&, Exchange&) { throw std::runtime_error("the canary"); });
  constexpr int requests = 50;
  for (int i = 0; i < requests; ++i) {
    CAPTURE(i);
    CHECK(testing::statusOf(server.address(), "GET /x HTTP/1.1\r\n\r\n") == 400);
    CHECK(testing::statusOf(server.address(), testing::plainGet) == 500);
  }
  CHECK(server.logLines.count("request_refused") == 1);
  CHECK(server.logLines.count("request_failed") == 1);
}

}  // namespace glitch_protocol::web
