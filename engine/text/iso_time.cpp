// Formats and parses with fixed patterns, independent of the locale.
#include "engine/text/iso_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "engine/text/ascii.h"

namespace glitch_protocol::inline v1 {

namespace {

int number(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

/// Whether `text` has a digit wherever `pattern` has '0', and otherwise equals it.
bool fits(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] == '0' ? !isDigit(text[i]) : text[i] != pattern[i]) return false;
  }
  return true;
}

}  // namespace

std::string formatTime(TimePoint time) {
  using namespace std::chrono;
  constexpr TimePoint first = sys_days{year{0} / January / 1};
  constexpr TimePoint last = sys_days{year{10000} / January / 1} - milliseconds{1};
  const TimePoint shown = std::clamp(time, first, last);
  const auto day = floor<days>(shown);
  const year_month_day date{day};
  const hh_mm_ss clock{shown - day};
  std::array<char, 96> text{};  // room for seven ints of any value, so that g++ 14 does not warn
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<TimePoint> parseTime(std::string_view text) {
  using namespace std::chrono;
  const bool hasMilliseconds = fits(text, "0000-00-00T00:00:00.000Z");
  if (!hasMilliseconds && !fits(text, "0000-00-00T00:00:00Z")) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) { return number(text.substr(at, length)); };
  const year_month_day date{year{part(0, 4)}, month{static_cast<unsigned>(part(5, 2))},
                            day{static_cast<unsigned>(part(8, 2))}};
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return std::nullopt;
  const milliseconds fraction{hasMilliseconds ? part(20, 3) : 0};
  return TimePoint{sys_days{date} + hours{part(11, 2)} + minutes{part(14, 2)} + seconds{part(17, 2)} +
                   fraction};
}

}  // namespace glitch_protocol::inline v1
