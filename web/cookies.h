// The refresh cookie: finding it in a request, writing it into an answer (RFC 6265).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

enum class Found { none, one, several };

/// What a request holds under a cookie's name. The zero value is "nothing".
struct CookieLookup {
  Found found = Found::none;
  std::string value;  ///< when there is one; without surrounding quotes
};

/// Looks through the values of all Cookie fields of one request. Names compare exactly. Pairs that cannot be
/// read are passed over; an empty value counts as a cookie.
CookieLookup findCookie(const std::vector<std::string_view>& cookieFields, std::string_view name);

enum class CookieTransport { secureOnly, anyTransport };

/// The values of Set-Cookie: one that keeps `token` for `lifetime`, one that removes it. `token` must be free
/// of control characters, blanks, quotes, commas, semicolons and backslashes.
std::string refreshCookie(std::string_view name, std::string_view token, std::chrono::seconds lifetime,
                          CookieTransport);
std::string clearedRefreshCookie(std::string_view name, CookieTransport);

}  // namespace glitch_protocol::web
