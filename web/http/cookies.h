// Finds a cookie in a request and formats the cookies that answers set (RFC 6265).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "web/http/field.h"

namespace glitch_protocol::web {

enum class Found { none, one, several };

/// What a request has under a cookie name. The default is "none".
struct CookieLookup {
  Found found = Found::none;
  std::string value;  ///< for Found::one; without surrounding quotes
};

/// Searches all Cookie fields of one request. Names are case-sensitive. Malformed pairs are skipped; a cookie
/// with an empty value is found.
CookieLookup findCookie(const FieldList& fields, std::string_view name);

enum class CookieTransport { secureOnly, anyTransport };

/// Why browsers would reject a cookie of this name with Path=/api, as the end of a sentence ("has more than
/// 64 characters"); nothing when they accept it. The name prefixes with a meaning for browsers are compared
/// as browsers do, ignoring case (RFC 6265bis, 4.1.3).
std::optional<std::string> problemWithCookieName(std::string_view name, CookieTransport);

/// Values of Set-Cookie that store `token` for `lifetime` and that remove the cookie. `token` must not
/// contain control characters, blanks, quotes, commas, semicolons or backslashes.
std::string refreshCookie(std::string_view name, std::string_view token, std::chrono::seconds lifetime,
                          CookieTransport);
std::string clearedRefreshCookie(std::string_view name, CookieTransport);

/// The cookie by which an account recognises a browser. Browsers send it to the login route only.
inline constexpr std::string_view deviceCookieName = "device";
std::string deviceCookie(std::string_view token, std::chrono::seconds lifetime, CookieTransport);

}  // namespace glitch_protocol::web
