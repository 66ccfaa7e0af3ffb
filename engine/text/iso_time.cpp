#include "engine/text/iso_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace glitch_protocol {

std::string formatTime(TimePoint time) {
  using namespace std::chrono;
  constexpr TimePoint first = sys_days{year{0} / January / 1};
  constexpr TimePoint last = sys_days{year{10000} / January / 1} - milliseconds{1};
  const TimePoint shown = std::clamp(time, first, last);
  const auto day = floor<days>(shown);
  const year_month_day date{day};
  const hh_mm_ss clock{shown - day};
  std::array<char, 96> text{};  // g++ 14 reckons with seven ints of any value
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

}  // namespace glitch_protocol
