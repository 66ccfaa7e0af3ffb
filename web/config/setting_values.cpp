#include "web/config/setting_values.h"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <stdexcept>

#include "web/config/blanks.h"
#include "web/config/settings.h"

namespace glitch_protocol::web {
namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isLowerLetter(char c) {
  return c >= 'a' && c <= 'z';
}
bool isUpperLetter(char c) {
  return c >= 'A' && c <= 'Z';
}

std::string inQuotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

bool isIpv4(std::string_view text) {
  return text.find(':') == std::string_view::npos && IpAddress::parse(text).has_value();
}

bool isBracketedIpv6(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  return text.find(':') != std::string_view::npos && IpAddress::parse(text).has_value();
}

void checkPort(std::string_view port, std::int64_t least) {
  try {
    parseNumber(port, least, 65535);
  } catch (const BadValue& bad) {
    throw BadValue("the port " + std::string(bad.what()));
  }
}

void checkUnixPath(std::string_view path) {
  if (!path.starts_with('/')) throw BadValue("the path of a Unix socket begins with /");
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > longest)
    throw BadValue("the path of a Unix socket has at most " + std::to_string(longest) + " characters");
}

void checkHostName(std::string_view host) {
  if (isBracketedIpv6(host)) return;
  const auto isHostCharacter = [](char c) { return isLowerLetter(c) || isDigit(c) || c == '-' || c == '.'; };
  if (host.empty() || !std::all_of(host.begin(), host.end(), isHostCharacter))
    throw BadValue(inQuotes(host) + " is not the name of a host");
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

std::vector<std::string> parseList(std::string_view text) {
  std::vector<std::string> items;
  if (trimmed(text) == "none") return items;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string item(trimmed(text.substr(0, comma)));
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
  if (text.starts_with("unix:")) return checkUnixPath(text.substr(5));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw BadValue(inQuotes(text) + " has no port");
  const std::string_view host = text.substr(0, colon);
  if (!isIpv4(host) && !isBracketedIpv6(host))
    throw BadValue(inQuotes(text) + " does not begin with an IPv4 address or an IPv6 address in brackets");
  checkPort(text.substr(colon + 1), 0);
}

void checkOrigin(std::string_view text) {
  if (text == "*" || text == "null")
    throw BadValue(inQuotes(text) + " would let any site act for your users; list each origin");
  if (text.find('*') != std::string_view::npos)
    throw BadValue("wildcards are not possible; list each origin");
  if (std::any_of(text.begin(), text.end(), isUpperLetter))
    throw BadValue(inQuotes(text) + " has capital letters; browsers send origins in lower case");
  const bool https = text.starts_with("https://");
  if (!https && !text.starts_with("http://"))
    throw BadValue(inQuotes(text) + " does not begin with https:// or http://");
  const std::string_view authority = text.substr(https ? 8 : 7);
  if (authority.find_first_of("/?#@") != std::string_view::npos)
    throw BadValue(inQuotes(text) + " is more than scheme, host and port (no / at the end either)");
  const std::size_t colon = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  checkHostName(authority.substr(0, colon));
  if (colon == std::string_view::npos) return;
  const std::string_view port = authority.substr(colon + 1);
  checkPort(port, 1);
  if (port.starts_with('0')) throw BadValue("the port begins with 0; browsers do not send it so");
  if (port == (https ? "443" : "80"))
    throw BadValue("browsers leave out the port " + std::string(port) + "; leave it out here too");
}

TrustedProxies parseProxies(std::string_view text) {
  try {
    return TrustedProxies::parse(parseList(text));
  } catch (const std::invalid_argument& fault) {
    throw BadValue(fault.what());
  }
}

void checkCookieName(std::string_view text) {
  const auto isTokenCharacter = [](char c) {
    return isLowerLetter(c) || isUpperLetter(c) || isDigit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  if (text.size() > 64) throw BadValue("it has more than 64 characters");
  if (text.empty() || !std::all_of(text.begin(), text.end(), isTokenCharacter))
    throw BadValue(inQuotes(text) + " is not a cookie's name");
  // RFC 6265bis, 4.1.3.2: __Host- wants Path=/, and this cookie's path is /api.
  if (text.starts_with("__Host-"))
    throw BadValue("browsers refuse __Host- cookies with a path, and this has /api");
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
