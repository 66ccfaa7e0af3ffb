// Tests of formatting and parsing times.
#include "engine/text/iso_time.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "tests/catch.h"

namespace glitch_protocol {
namespace {

TimePoint at(std::int64_t milliseconds) {
  return TimePoint{std::chrono::milliseconds{milliseconds}};
}

}  // namespace

TEST_CASE("times are ISO 8601 in UTC with milliseconds, and parsing returns the same time") {
  struct Row {
    std::int64_t milliseconds;
    std::string text;
  };
  for (const Row& row :
       {Row{0, "1970-01-01T00:00:00.000Z"}, Row{1795407300000, "2026-11-23T04:15:00.000Z"},
        Row{1785933296789, "2026-08-05T12:34:56.789Z"}, Row{951782399999, "2000-02-28T23:59:59.999Z"},
        Row{951782400000, "2000-02-29T00:00:00.000Z"}, Row{-1, "1969-12-31T23:59:59.999Z"}}) {
    CAPTURE(row.text);
    CHECK(formatTime(at(row.milliseconds)) == row.text);
    CHECK(parseTime(row.text) == at(row.milliseconds));
  }
}

TEST_CASE("times outside the years 0 to 9999 are clamped") {
  CHECK(formatTime(TimePoint::max()) == "9999-12-31T23:59:59.999Z");
  CHECK(formatTime(TimePoint::min()) == "0000-01-01T00:00:00.000Z");
}

TEST_CASE("the milliseconds may be missing") {
  CHECK(parseTime("2026-08-05T12:34:56Z") == at(1785933296000));
  CHECK(parseTime("1970-01-01T00:00:01Z") == at(1000));
  CHECK(parseTime("1970-01-01T00:01:00Z") == at(60'000));
  CHECK(parseTime("1970-01-01T01:00:00Z") == at(3'600'000));
}

TEST_CASE("text in any other form is not a time") {
  for (const char* text :
       {"", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+01:00", "2026-01-01 00:00:00Z",
        "2026-01-01t00:00:00z", "2026/01/01T00:00:00Z", "2026-01-01T00:00:00.0Z", "2026-01-01T00:00:00.0000Z",
        "2026-01-01T00:00:00,000Z", "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "02026-01-01T00:00:00Z",
        "2026-1-01T00:00:00Z", "202a-01-01T00:00:00Z", "2026-01-01T00:00:0:Z", "2026-01-01T00:00:0/Z",
        "-026-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parseTime(text));
  }
}

TEST_CASE("each part of a time has its range") {
  for (const char* text : {"2026-01-01T23:00:00Z", "2026-01-01T00:59:00Z", "2026-01-01T00:00:59Z",
                           "2026-12-31T00:00:00Z", "2024-02-29T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(parseTime(text));
  }
  for (const char* text : {"2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-00T00:00:00Z",
                           "2026-01-32T00:00:00Z", "2026-02-29T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parseTime(text));
  }
}

}  // namespace glitch_protocol
