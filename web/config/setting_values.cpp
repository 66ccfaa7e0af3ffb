// The parsers of the values of settings.
#include "web/config/setting_values.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "engine/text/ascii.h"
#include "web/config/settings.h"
#include "web/connection/address.h"
#include "web/http/cookies.h"
#include "web/http/origin.h"

namespace glitch_protocol::web {
namespace {

std::string inQuotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace

std::int64_t parseNumber(std::string_view text, std::int64_t least, std::int64_t most) {
  if (text.starts_with('-') && text.size() > 1 && std::all_of(text.begin() + 1, text.end(), isDigit))
    throw BadValue(inQuotes(text) + " is negative");
  if (text.empty() || !std::all_of(text.begin(), text.end(), isDigit))
    throw BadValue(inQuotes(text) + " is not a whole number");
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{} || number > most) throw BadValue(inQuotes(text) + " is too large");
  if (number < least) throw BadValue(inQuotes(text) + " is too small");
  return number;
}

std::int64_t parseBytes(std::string_view text, std::int64_t least, std::int64_t most) {
  const char last = text.empty() ? '0' : text.back();
  const std::int64_t unit = last == 'K' ? 1LL << 10 : last == 'M' ? 1LL << 20 : last == 'G' ? 1LL << 30 : 1;
  const std::string_view count = unit == 1 ? text : text.substr(0, text.size() - 1);
  // Rounded up, so that a number in a larger unit is not below the minimum.
  return parseNumber(count, (least + unit - 1) / unit, most / unit) * unit;
}

std::vector<std::string> parseList(std::string_view text) {
  std::vector<std::string> items;
  if (trim(text) == "none") return items;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string item(trim(text.substr(0, comma)));
    if (item.empty()) throw BadValue("the list has an empty item");
    if (std::find(items.begin(), items.end(), item) != items.end())
      throw BadValue("the list holds an item twice");
    items.push_back(item);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return items;
}

void checkListenAddress(std::string_view text) {
  if (const auto error = problemWithAddress(text)) throw BadValue(inQuotes(text) + ": " + *error);
}

void checkOrigin(std::string_view text) {
  if (const auto error = problemWithOrigin(text)) throw BadValue(inQuotes(text) + " " + *error);
}

TrustedProxies parseProxies(std::string_view text) {
  try {
    return TrustedProxies::parse(parseList(text));
  } catch (const std::invalid_argument& error) {
    throw BadValue(error.what());
  }
}

void checkCookieName(std::string_view text) {
  if (const auto error = problemWithCookieName(text, CookieTransport::secureOnly))
    throw BadValue(inQuotes(text) + " " + *error);
}

std::optional<RateLimit> parseRateLimit(std::string_view text) {
  if (text == "off") return std::nullopt;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash + 1 == text.size())
    throw BadValue(inQuotes(text) + " is not of the form COUNT/WINDOW");
  constexpr std::int64_t day = 24 * 60 * 60;
  const std::int64_t count = parseNumber(text.substr(0, slash), 1, 1'000'000);
  const char unit = text.back();
  const std::int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (seconds == 0) throw BadValue(inQuotes(text) + " has no unit; write s, m or h behind the window");
  const std::string_view window = text.substr(slash + 1, text.size() - slash - 2);
  return RateLimit{static_cast<unsigned>(count),
                   std::chrono::seconds{parseNumber(window, 1, day / seconds) * seconds}};
}

}  // namespace glitch_protocol::web
